"""The IRIs by which the ontology's file says things: its own properties and the standard ones it uses."""

from kg.rdfio import PREFIXES

TERM = PREFIXES["DERM"]
OWL, RDF, RDFS = PREFIXES["owl"], PREFIXES["rdf"], PREFIXES["rdfs"]
SKOS = PREFIXES["skos"]

TYPE = RDF + "type"
CLASS = OWL + "Class"
AXIOM = OWL + "Axiom"
LABEL = RDFS + "label"
DEPRECATED = OWL + "deprecated"
SUBCLASS = RDFS + "subClassOf"
EQUIVALENT = OWL + "equivalentClass"
DEFINITION = PREFIXES["IAO"] + "0000115"
IN_SUBSET = PREFIXES["oboInOwl"] + "inSubset"
SYNONYM_TYPE = PREFIXES["oboInOwl"] + "hasSynonymType"
SOURCES = (PREFIXES["dcterms"] + "source", PREFIXES["oboInOwl"] + "hasDbXref")
SYNONYMS = {
    PREFIXES["oboInOwl"] + f"has{scope.capitalize()}Synonym": scope for scope in ("exact", "broad", "narrow", "related")
}
MAPPINGS = {SKOS + name: name for name in ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")}

PART_OF = PREFIXES["BFO"] + "0000050"
HAS_LOCATION = PREFIXES["RO"] + "0004026"
HAS_DEFINING_FINDING = TERM + "0010001"
HAS_MALIGNANCY = TERM + "0010002"
HAS_TYPICAL_FINDING = TERM + "0010011"
HAS_TYPICAL_SITE = TERM + "0010012"
HAS_TYPICAL_SYMPTOM = TERM + "0010013"
FREQUENCY = TERM + "0010014"
HAS_DIFFERENTIAL = TERM + "0010015"
DISTINGUISHED_BY = TERM + "0010016"
LEVEL = TERM + "0010021"
EXCLUDED_SYNONYM = TERM + "0010022"
REVIEW_STATUS = TERM + "0010023"
CORE = TERM + "0010031"

KIND_OF_ROOT = {
    TERM + "0000001": "disease",
    TERM + "0000003": "finding",
    TERM + "0000004": "symptom",
    TERM + "0000005": "artifact",
    TERM + "0000006": "site",
    TERM + "0000007": "tone",
    TERM + "0000010": "history",
}
"""What is below each root; the roots themselves, and what is below another, are of the kind `other`."""

ALWAYS = {HAS_DEFINING_FINDING: "hasDefiningFinding", HAS_LOCATION: "hasLocation"}
"""Restrictions that hold of every case, by the relation they are in a graph."""

TYPICALLY = {
    HAS_TYPICAL_FINDING: "hasFinding",
    HAS_TYPICAL_SITE: "hasTypicalSite",
    HAS_TYPICAL_SYMPTOM: "hasTypicalSymptom",
}
"""Annotations of what is typical, by the relation they are in a graph."""
