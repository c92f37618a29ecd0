"""RDF/XML in the form that Protégé and the OWL API give it, so that a file saved by either makes a small text diff.

The form is that of OWL API 4.5.29, the version inside Protégé 5.6: sections in a fixed order, entities by IRI, the
axioms of an entity by kind and content, annotations of an axiom after its entity. Its closing comment is part of it.
"""

from kg.owlxml.axioms import Annotation, Axiom, Entity, Expression, Kind, Structure
from kg.owlxml.reading import load_structure, read_structure
from kg.owlxml.spelling import unstable_literals
from kg.owlxml.writing import to_xml, write

__all__ = [
    "Annotation",
    "Axiom",
    "Entity",
    "Expression",
    "Kind",
    "Structure",
    "load_structure",
    "read_structure",
    "to_xml",
    "unstable_literals",
    "write",
]
