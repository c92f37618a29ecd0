"""Exports: the pairs that a selection means, as files that training takes."""

from kg.export.account import ExportAccount
from kg.export.composition import Composition
from kg.export.export import FORMATS, NO_IMAGE, export
from kg.export.shortening import Shortening
from kg.export.tabulation import EXPORT, describe, iterate_parts, tabulate

__all__ = [
    "EXPORT",
    "FORMATS",
    "NO_IMAGE",
    "Composition",
    "ExportAccount",
    "Shortening",
    "describe",
    "export",
    "iterate_parts",
    "tabulate",
]
