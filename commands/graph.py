"""Commands that build a graph, tell what it holds, and write from it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from commands.options import (
    AsJson,
    GraphPath,
    OntologyPath,
    load_ontology,
    named_paths,
    open_graph,
    parse_integer,
)
from commands.output import echo_json, echo_record, echo_rows, fail
from kg.wording import counted

app = typer.Typer()


class EngineName(StrEnum):
    PROCESSES = "processes"
    RAY = "ray"


@app.command()
def build(
    source: Annotated[
        list[str],
        typer.Option(
            metavar="NAME=PATH", help="A data set; NAME as in `sources list`, or new with a source.toml in PATH."
        ),
    ],
    out: Annotated[
        Path, typer.Option(help="Folder of the graph. An older build in it stays in use until this one is done.")
    ],
    ontology: OntologyPath = None,
    engine: Annotated[
        EngineName, typer.Option(help="Where the data are aligned: processes of this machine, or a Ray cluster.")
    ] = EngineName.PROCESSES,
    processes: Annotated[int | None, typer.Option(min=1, help="How many processes; by default one a core.")] = None,
    check_images: Annotated[
        bool, typer.Option(help="Open every image file; those that cannot be used are put aside, with the reason.")
    ] = False,
    max_rejects: Annotated[int | None, typer.Option(min=0, help="Exit with 1 when more rows are rejected.")] = None,
    as_json: AsJson = False,
) -> None:
    """Build the graph from data sets: align, link, write both graphs, and give an account of every row."""
    from kg.build import build as build_graph

    account = build_graph(
        named_paths(source),
        out,
        ontology=load_ontology(ontology),
        engine=engine.value,
        processes=processes,
        check_images=check_images,
    )
    if as_json:
        echo_json(account.as_dict())
    else:
        typer.echo(account.as_text())
    if max_rejects is not None and account.rejected > max_rejects:
        fail(f"{counted(account.rejected, 'row')} rejected, more than --max-rejects {max_rejects:,}", code=1)


@app.command()
def info(kg: GraphPath, as_json: AsJson = False) -> None:
    """Tell what a graph was built from and what it holds."""
    graph = open_graph(kg)
    if as_json:
        echo_json(graph.info)
    else:
        echo_record(graph.info)


@app.command()
def prune(kg: GraphPath, keep: Annotated[int, typer.Option(min=1, help="How many builds to keep.")] = 1) -> None:
    """Delete older builds of a graph."""
    from kg.graph import prune as prune_builds

    for build_id in prune_builds(kg, keep=keep):
        typer.echo(f"deleted build {build_id}")


@app.command()
def rollback(kg: GraphPath) -> None:
    """Put the build in use again that the current one took the place of. Nothing is deleted."""
    from kg.folder import roll_back

    typer.echo(f"in use: build {roll_back(kg)}")


@app.command("export-rdf")
def export_rdf(
    kg: GraphPath,
    out: Annotated[Path, typer.Option(help="File: .nq (all of it) or .ttl (without evidence); .gz packs it.")],
) -> None:
    """Write the RDF graph to a file, with a description in VoID and DCAT beside it."""
    from kg.rdf_dump import dump

    typer.echo(dump(open_graph(kg), out).as_text())


@app.command()
def prompts(
    term: Annotated[str, typer.Argument(help="A disease term: label, synonym, CURIE or IRI.")],
    kg: Annotated[Path | None, typer.Option("--kg", help="Take the ontology of this graph.")] = None,
    levels: Annotated[str, typer.Option(help="Levels, comma-separated.")] = "1,2,3,4",
    as_json: AsJson = False,
) -> None:
    """Print prompts for a term at every level, made by walking the graph."""
    from kg.prompts import prompts as make_prompts

    terms = open_graph(kg).ontology if kg else load_ontology(None)
    made = make_prompts(
        terms, terms.term(term), levels=[parse_integer(level, "--levels") for level in levels.split(",")]
    )
    if as_json:
        echo_json(
            [
                {"level": p.level, "term": p.term.curie, "label": p.term.label, "style": p.style, "text": p.text}
                for p in made
            ]
        )
    else:
        echo_rows(("level", "term", "style", "prompt"), [(p.level, p.term.label, p.style, p.text) for p in made])
