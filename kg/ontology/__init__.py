"""The expert ontology, read only: its terms, their hierarchy and what is known of them."""

from kg.ontology.ontology import Ontology
from kg.ontology.term import Knowledge, Synonym, Term

__all__ = ["Knowledge", "Ontology", "Synonym", "Term"]
