"""Checks of the ontology's file: one SPARQL query a check, and a profile that says how grave each is."""

from kg.quality.profile import Check, Severity, read_profile
from kg.quality.rendering import anchor, as_html, as_json, as_sarif
from kg.quality.report import Report, Violation, check, examine

__all__ = [
    "Check",
    "Report",
    "Severity",
    "Violation",
    "anchor",
    "as_html",
    "as_json",
    "as_sarif",
    "check",
    "examine",
    "read_profile",
]
