"""The cases of data/owlsyntax.toml, for our own readers and for the OWL API, which is their oracle."""

import tomllib
from pathlib import Path

import pyoxigraph as ox

from kg.rdfio import PREFIXES

DATA = Path(__file__).parent / "data"
CASES: list[dict[str, str]] = tomllib.loads((DATA / "owlsyntax.toml").read_text(encoding="utf-8"))["case"]
ALL_IN_XML = DATA / "owlsyntax.owx"
"""The axioms of all cases in OWL/XML, as the OWL API writes it."""

_SPACES = {"": "http://example.org/o#"} | {name: PREFIXES[name] for name in ("owl", "rdf", "rdfs", "xsd")}
_KINDS = {  # name in functional syntax: name in RDF, entities
    "Class": ("owl:Class", "ABCD"),
    "ObjectProperty": ("owl:ObjectProperty", "pqrs"),
    "DataProperty": ("owl:DatatypeProperty", "de"),
    "NamedIndividual": ("owl:NamedIndividual", "ijk"),
    "Datatype": ("rdfs:Datatype", "T"),
    "AnnotationProperty": ("owl:AnnotationProperty", "n"),
}


def functional(axioms: str) -> str:
    """A document in functional syntax with these axioms."""
    prefixes = "".join(f"Prefix({name}:=<{space}>)\n" for name, space in _SPACES.items())
    declared = "".join(f"Declaration({kind}(:{name}))\n" for kind, (_, names) in _KINDS.items() for name in names)
    return f"{prefixes}\nOntology(<http://example.org/o>\n{declared}{axioms}\n)\n"


def xml(axioms: str) -> str:
    """A document in OWL/XML with these axioms."""
    prefixes = "".join(f'<Prefix name="{name}" IRI="{space}"/>' for name, space in _SPACES.items())
    start = '<Ontology xmlns="http://www.w3.org/2002/07/owl#" xml:base="http://example.org/o"'
    return f'<?xml version="1.0"?>\n{start} ontologyIRI="http://example.org/o">{prefixes}\n{axioms}</Ontology>\n'


def turtle(statements: str) -> str:
    """The same document in Turtle, with these statements."""
    prefixes = "".join(f"@prefix {name}: <{space}> .\n" for name, space in _SPACES.items())
    declared = "".join(f":{name} a {kind} . " for kind, names in _KINDS.values() for name in names)
    return f"{prefixes}<http://example.org/o> a owl:Ontology . {declared}\n{statements}\n"


def canonical(quads: list[ox.Quad]) -> ox.Dataset:
    """The statements with blank nodes named by what they say (RDFC-1.0)."""
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return dataset
