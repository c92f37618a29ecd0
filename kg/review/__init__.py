"""Review of the ontology by dermatologists: sheets to fill in, agreement between reviewers, decisions in the file."""

from kg.review.agreement import fleiss_kappa
from kg.review.application import Agreement, Conflict, Outcome, apply_sheets
from kg.review.opinion import Decision, Opinion, Reviewer, parse_orcid
from kg.review.reading import Sheet, read_sheet
from kg.review.sheet import write_sheet

__all__ = [
    "Agreement",
    "Conflict",
    "Decision",
    "Opinion",
    "Outcome",
    "Reviewer",
    "Sheet",
    "apply_sheets",
    "fleiss_kappa",
    "parse_orcid",
    "read_sheet",
    "write_sheet",
]
