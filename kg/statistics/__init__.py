"""Statistics of a graph, and the page that shows them."""

from kg.statistics.page import render_page
from kg.statistics.statistics import Statistics, compute_statistics

__all__ = ["Statistics", "compute_statistics", "render_page"]
