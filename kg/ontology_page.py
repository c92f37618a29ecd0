"""The ontology as one HTML page for reading: tree, search and every term, without a server or a network.

What is embedded is data (JSON), and the page's script writes it as text only: no label or definition is ever read as
markup. The page's own policy lets nothing run or load but that script and style.
"""

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

from kg.rdfio import PREFIXES
from kg.resources import templates_folder

if TYPE_CHECKING:
    from kg.mappings import MappingSet
    from kg.ontology import Ontology, Term


def render_page(ontology: "Ontology", mappings: "MappingSet | None" = None) -> str:
    """The whole page; with `mappings`, external classes are shown with their label and confidence."""
    import jinja2

    folder = templates_folder()
    style, script = (
        (folder / f"ontology_page.{kind}").read_text(encoding="utf-8").strip("\n") for kind in ("css", "js")
    )
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("ontology_page.html").render(
        ontology=ontology,
        header=_header(ontology),
        counts=_counts(ontology),
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        data=embedded_json(term_records(ontology, mappings)),
    )


def embedded_json(value: object) -> str:
    """JSON that can stand inside a `script` element whatever its strings say (`</script>`, `<!--`)."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def term_records(ontology: "Ontology", mappings: "MappingSet | None" = None) -> list[dict[str, Any]]:
    """One record a term in use, by CURIE, with what the ontology says of it; nothing is said twice."""
    axioms = _axioms(ontology)
    told = {row.triple: row for row in mappings.mappings} if mappings else {}

    def mapping(term: "Term", predicate: str, target: str) -> list[str]:
        prefix, _, local = target.partition(":")
        address = PREFIXES[prefix] + local if prefix in PREFIXES else target
        row = told.get((term.curie, f"skos:{predicate}", target))
        return [predicate, target, address, *([row.object_label, row.confidence, row.comment] if row else [])]

    records = []
    for term in (term for term in ontology.terms() if not term.deprecated):
        record = {
            "id": term.curie,
            "iri": term.iri,
            "label": term.label,
            "kind": term.kind,
            "level": term.level,
            "definition": term.definition,
            "malignancy": term.malignancy,
            "core": term.core,
            "review": term.review_status,
            "synonyms": [[s.text, s.scope, s.type, s.source] for s in term.synonyms],
            "excluded": term.excluded,
            "parents": [parent.curie for parent in ontology.parents(term)],
            "inferred": sorted(above.curie for above in ontology.inferred_ancestors(term)),
            "knowledge": [
                [known.relation, known.term.curie, known.frequency, known.distinguished_by]
                for known in ontology.knowledge(term)
            ],
            "mappings": [mapping(term, *said) for said in term.mappings],
            "axioms": axioms.get(term.iri),
        }
        records.append({name: value for name, value in record.items() if value not in (None, False, [], ())})
    return records


def _axioms(ontology: "Ontology") -> dict[str, list[str]]:
    """What is said of each class in Manchester syntax, plain parents left out."""
    from kg.manchester import find_labels
    from kg.reasoning import read_axioms, say_expression

    axioms, known = read_axioms(ontology.quads), find_labels(ontology.quads)
    said: dict[str, list[str]] = {}
    for one, other in axioms.equivalent:
        if isinstance(one, str):
            said.setdefault(one, []).append(f"EquivalentTo {say_expression(other, known)}")
    for sub, above in axioms.subclasses:
        if isinstance(sub, str) and not isinstance(above, str):
            said.setdefault(sub, []).append(f"SubClassOf {say_expression(above, known)}")
    return {iri: sorted(lines) for iri, lines in said.items()}


_WORDS = {
    "disease": "skin condition or group",
    "defined": "inferred group",
    "history": "history factor",
    "tone": "skin tone",
    "site": "body site",
    "artifact": "photographic artifact",
    "hasFinding": "typical findings",
    "hasDefiningFinding": "defining findings",
    "hasTypicalSite": "typical sites",
    "hasLocation": "defining sites",
    "hasTypicalSymptom": "typical symptoms",
    "hasDifferential": "differential diagnoses",
}


def _counts(ontology: "Ontology") -> list[tuple[str, dict[str, int]]]:
    """The tables of the first view: a caption, and a number by name."""
    statistics = ontology.statistics()
    named = {
        "Terms by kind": statistics["terms"],
        "Conditions (level 4) and groups": {f"level {level}": count for level, count in statistics["levels"].items()},
        "Malignancy": statistics["malignancy"],
        "What is known of conditions": statistics["knowledge"],
        "Synonyms by scope": statistics["synonyms"],
        "Mappings by vocabulary": statistics["mappings"],
        "Review": statistics["review"],
    }
    return [
        (caption, {_WORDS.get(name, name): count for name, count in counts.items()})
        for caption, counts in named.items()
    ]


def _header(ontology: "Ontology") -> dict[str, str]:
    """Title, description, comment and licence of the ontology, as its header gives them."""
    names = {PREFIXES["dcterms"] + name: name for name in ("title", "description", "license")}
    names[PREFIXES["rdfs"] + "comment"] = "comment"
    header: dict[str, str] = {}
    for quad in ontology.quads:
        if getattr(quad.subject, "value", None) == ontology.iri and quad.predicate.value in names:
            header.setdefault(names[quad.predicate.value], str(getattr(quad.object, "value", quad.object)))
    return header


def _hash(content: str) -> str:
    """How a Content Security Policy names an inline script or style."""
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
