"""`derm1m ontology …`: look at the ontology."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands import (
    ontology_changes,
    ontology_derm1m,
    ontology_mappings,
    ontology_migration,
    ontology_page,
    ontology_quality,
    ontology_reasoning,
)
from commands.options import AsJson, OntologyPath, load_ontology
from commands.output import echo_json, echo_record
from kg.wording import counted

if TYPE_CHECKING:
    from kg.ontology import Ontology, Term

app = typer.Typer(help="The ontology: terms, tree, counts.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(ontology_changes.app)
app.add_typer(ontology_quality.app)
app.add_typer(ontology_reasoning.app)
app.add_typer(ontology_mappings.app)
app.add_typer(ontology_page.app)
app.add_typer(ontology_derm1m.app)
app.add_typer(ontology_migration.app)


@app.command("show")
def show(
    term: Annotated[str, typer.Argument(help="A label, a synonym, a CURIE (DERM:0001001) or an IRI.")],
    ontology: OntologyPath = None,
    as_json: AsJson = False,
    turtle: Annotated[bool, typer.Option("--turtle", help="The term's triples in Turtle.")] = False,
) -> None:
    """Show a term: definition, place in the tree, synonyms, findings, mappings."""
    terms = load_ontology(ontology)
    found = terms.term(term)
    if turtle:
        from kg.rdfio import describe

        typer.echo(describe(terms, found))
    elif as_json:
        echo_json(_term_record(terms, found))
    else:
        echo_record(_term_record(terms, found))


@app.command("tree")
def tree(
    term: Annotated[str | None, typer.Argument(help="Where to start; the whole disease tree without it.")] = None,
    depth: Annotated[int, typer.Option(min=0, help="How many steps down.")] = 2,
    ontology: OntologyPath = None,
) -> None:
    """Print the tree of terms with the number of conditions below each."""
    terms = load_ontology(ontology)
    starts = [terms.term(term)] if term else [t for t in terms.terms("disease") if t.level == 1]

    def show(node: "Term", indent: int) -> None:
        below = len(terms.conditions(node)) if node.level and node.level < 4 else 0
        count = f"  ({counted(below, 'condition')})" if below else ""
        typer.echo(f"{'  ' * indent}{node.label}  {node.curie}{count}")
        if indent < depth:
            for child in terms.children(node):
                show(child, indent + 1)

    for start in starts:
        show(start, 0)


@app.command("stats")
def stats(ontology: OntologyPath = None, as_json: AsJson = False) -> None:
    """Count terms by kind and level, synonyms by scope, mappings by vocabulary."""
    statistics = load_ontology(ontology).statistics()
    if as_json:
        echo_json(statistics)
    else:
        echo_record(statistics)


def _term_record(ontology: "Ontology", term: "Term") -> dict[str, Any]:
    def labels(terms: Iterable["Term"]) -> list[str]:
        return [f"{t.label} ({t.curie})" for t in terms]

    known: dict[str, list[str]] = {}
    for item in ontology.knowledge(term):
        remark = f" ({item.frequency})" if item.frequency else ""
        apart = f": {item.distinguished_by}" if item.distinguished_by else ""
        known.setdefault(item.relation, []).append(item.term.label + remark + apart)
    record = {
        "id": term.curie,
        "label": term.label,
        "iri": term.iri,
        "kind": term.kind,
        "level": term.level,
        "definition": term.definition,
        "malignancy": term.malignancy,
        "path": [t.label for t in ontology.path(term)],
        "parents": labels(ontology.parents(term)),
        "inferred parents": sorted(labels(ontology.inferred_ancestors(term))),
        "children": labels(ontology.children(term)),
        "synonyms": [f"{s.text} ({s.scope}{', ' + s.type if s.type else ''})" for s in term.synonyms],
        "not to be called": list(term.excluded),
        **known,
        "mappings": [f"{predicate} {curie}" for predicate, curie in term.mappings],
        "review status": term.review_status,
    }
    return {name: value for name, value in record.items() if value not in (None, [], ())}
