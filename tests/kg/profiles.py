"""The cases of data/el_profile.toml, for our own check and for the one that is its oracle."""

import tomllib
from pathlib import Path

from kg.rdfio import PREFIXES

CASES = tomllib.loads((Path(__file__).parent / "data" / "el_profile.toml").read_text(encoding="utf-8"))["case"]
_DECLARED = {
    "Class": "ABC",
    "ObjectProperty": "rst",
    "DatatypeProperty": "d",
    "AnnotationProperty": "n",
    "NamedIndividual": "xy",
}


def turtle(case: dict, namespace: str) -> str:
    """The axioms of a case and the declarations they rely on, its own names in a namespace."""
    declared = "".join(f":{name} a owl:{kind} . " for kind, names in _DECLARED.items() for name in names)
    prefixes = "".join(f"@prefix {name}: <{PREFIXES[name]}> . " for name in ("owl", "rdf", "rdfs", "xsd"))
    return f"{prefixes}@prefix : <{namespace}> . {declared}{case['axioms']}\n"
