"""The ontology as Arrow tables, the form in which graphs, prompts and training take it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from kg.ontology.ontology import Ontology
    from kg.ontology.term import Term


def _tabled(ontology: "Ontology") -> "list[Term]":
    return [term for term in ontology.terms() if term.kind != "other"]


def terms(ontology: "Ontology") -> "pa.Table":
    """One row a term (`kg.pairs.TERMS`), by CURIE."""
    import pyarrow as pa

    from kg.pairs import TERMS

    rows = [
        {
            "term": term.curie,
            "iri": term.iri,
            "label": term.label,
            "kind": term.kind,
            "level": term.level,
            "malignancy": term.malignancy,
            "core": term.core,
            "definition": term.definition,
            "synonyms": [synonym.text for synonym in term.synonyms if synonym.scope == "exact"],
            "exact_matches": [target for predicate, target in term.mappings if predicate == "exactMatch"],
        }
        for term in _tabled(ontology)
    ]
    return pa.Table.from_pylist(rows, TERMS)


def closure(ontology: "Ontology") -> "pa.Table":
    """One row a term and ancestor (`kg.pairs.CLOSURE`): asserted ones with their distance, then inferred ones."""
    import pyarrow as pa

    from kg.pairs import CLOSURE

    rows: list[tuple[str, str, int | None, bool]] = []
    for term in _tabled(ontology):
        rows += [(term.curie, above.curie, steps, False) for above, steps in ontology.ancestors(term).items()]
        inferred = sorted(above.curie for above in ontology.inferred_ancestors(term))
        rows += [(term.curie, above, None, True) for above in inferred]
    return pa.Table.from_pylist([dict(zip(CLOSURE.names, row, strict=True)) for row in rows], CLOSURE)


def knowledge(ontology: "Ontology") -> "pa.Table":
    """One row an edge between terms (`kg.pairs.KNOWLEDGE`), by term."""
    import pyarrow as pa

    from kg.pairs import KNOWLEDGE

    rows: list[tuple[str, str, str, str | None, str | None]] = []
    for term in _tabled(ontology):
        rows += [
            (term.curie, known.relation, known.term.curie, known.frequency, known.distinguished_by)
            for known in ontology.knowledge(term)
        ]
        parts = ontology.part_of(term)
        rows += [(term.curie, "partOf", whole.curie, None, None) for whole in parts]
        above = [parent for parent in ontology.superclasses(term) if parent.kind != "other"]
        rows += [(term.curie, "subClassOf", parent.curie, None, None) for parent in above]
    return pa.Table.from_pylist([dict(zip(KNOWLEDGE.names, row, strict=True)) for row in rows], KNOWLEDGE)
