"""Validation of the pair data: SHACL shapes, checked on every row of a table and by a SHACL engine."""

from kg.validation.folders import is_export
from kg.validation.report import FINDINGS, SHOWN, Report
from kg.validation.shapes import NodeShape, PropertyShape, read_shapes, shapes_file
from kg.validation.validation import TABLES, validate_export, validate_graph, validate_rdf, validate_table

__all__ = [
    "FINDINGS",
    "SHOWN",
    "TABLES",
    "NodeShape",
    "PropertyShape",
    "Report",
    "is_export",
    "read_shapes",
    "shapes_file",
    "validate_export",
    "validate_graph",
    "validate_rdf",
    "validate_table",
]
