"""`derm1m ontology reason`, `explain`, `profile`: what follows from the axioms, and why."""

import time
from collections import defaultdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from commands.options import AsJson, OntologyPath, load_ontology
from commands.output import echo_json, echo_record
from kg.errors import InputError

app = typer.Typer(rich_markup_mode=None)

OntologyFile = Annotated[
    Path | None,
    typer.Argument(
        help="An OWL file in any syntax but Manchester; the ontology that comes with the package without it."
    ),
]


class Reasoner(StrEnum):
    EL = "el"
    HERMIT = "hermit"
    ELK = "elk"


@app.command("reason")
def reason(
    file: OntologyFile = None,
    reasoner: Annotated[
        Reasoner,
        typer.Option(
            help="el: our own, for OWL 2 EL. hermit: for all of OWL 2, needs the extra 'reason'. elk: needs ROBOT."
        ),
    ] = Reasoner.EL,
    robot: Annotated[
        Path | None, typer.Option(envvar="DERM1M_ROBOT", help="robot.jar, or a folder of ROBOT's jars, for elk.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Classify: is it consistent, what can have no member, what is inferred. Exit code 1 when something cannot be."""
    from kg.manchester import find_labels
    from kg.rdfio import compact, read
    from kg.reasoning import classify, classify_with_elk, classify_with_hermit, inferred, read_axioms

    quads = read(_file(file)).quads
    axioms = read_axioms(quads)
    start = time.perf_counter()
    if reasoner is Reasoner.ELK:
        found = classify_with_elk(quads, robot)
    else:
        found = classify(axioms) if reasoner is Reasoner.EL else classify_with_hermit(quads)
    seconds = time.perf_counter() - start
    known = find_labels(quads)
    names = {iri: known.get(iri, compact(iri)) for iri in axioms.classes}
    pairs = inferred(axioms, found)
    record: dict[str, object] = {
        "reasoner": reasoner.value,
        "seconds": round(seconds, 2),
        "classes": len(axioms.classes),
        "consistent": found.consistent,
        "unsatisfiable": sorted(names[iri] for iri in found.unsatisfiable),
        "inferred": len(pairs),
    }
    if as_json:
        rows = [{"sub": compact(s), "label": names[s], "super": compact(a), "super label": names[a]} for s, a in pairs]
        echo_json({**record, "inferred": rows})
    else:
        below: dict[str, list[str]] = defaultdict(list)
        for sub, above in pairs:
            below[names[above]].append(names[sub])
        record["unsatisfiable"] = record["unsatisfiable"] or "none"
        echo_record(
            {**record, "members": {f"{above} ({len(subs)})": sorted(subs) for above, subs in sorted(below.items())}}
        )
    if found.unsatisfiable or not found.consistent:
        raise typer.Exit(1)


@app.command("explain")
def explain(
    term: Annotated[str, typer.Argument(help="A label, a synonym, a CURIE or an IRI.")],
    above: Annotated[
        str | None, typer.Argument(metavar="SUPER", help="What it is; without it, why TERM can have no member.")
    ] = None,
    ontology: OntologyPath = None,
    as_json: AsJson = False,
) -> None:
    """Say why TERM is a SUPER: a smallest set of axioms from which it follows."""
    from kg.manchester import find_labels
    from kg.reasoning import NOTHING, DoesNotFollowError, read_axioms, say_axiom
    from kg.reasoning import explain as justify

    terms = load_ontology(ontology)
    sub, wide = terms.term(term), terms.term(above) if above is not None else None
    claim = f"every {sub.label} is a {wide.label}" if wide else f"{sub.label} can have no member"
    try:
        justification = justify(read_axioms(terms.quads), sub.iri, wide.iri if wide else NOTHING)
    except DoesNotFollowError:
        raise InputError(f"it does not follow that {claim}") from None
    known = find_labels(terms.quads)
    because = [say_axiom(axiom, known) for axiom in justification]
    if as_json:
        echo_json({"sub": sub.curie, "super": wide.curie if wide else "owl:Nothing", "because": because})
    else:
        echo_record({f"{claim}, because": because})


@app.command("profile")
def profile(file: OntologyFile = None, as_json: AsJson = False) -> None:
    """List what lies outside OWL 2 EL. Exit code 1 when something does."""
    from kg.manchester import find_labels
    from kg.rdfio import compact, read
    from kg.reasoning import outside_el

    quads = read(_file(file)).quads
    known = find_labels(quads)
    rows = [
        {"about": [known.get(iri, compact(iri)) for iri in violation.about], "uses": violation.uses}
        for violation in outside_el(quads)
    ]
    if as_json:
        echo_json({"profile": "OWL 2 EL", "outside": rows})
    else:
        said = [f"{', '.join(row['about'])}: {row['uses']}" for row in rows]
        echo_record({"outside OWL 2 EL": said} if said else {"profile": "all of it is in OWL 2 EL"})
    if rows:
        raise typer.Exit(1)


def _file(path: Path | None) -> Path:
    from kg.resources import ontology_folder

    return path if path is not None else ontology_folder() / "derm1m.owl"
