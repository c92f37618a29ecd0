"""`derm1m ontology mappings`: the table of mappings to other vocabularies."""

from pathlib import Path
from typing import Annotated

import typer

from commands.options import AsJson, OntologyPath, load_ontology
from commands.output import echo_json, echo_record

app = typer.Typer(rich_markup_mode=None)


@app.command("mappings")
def mappings(
    file: Annotated[
        Path | None, typer.Argument(help="An SSSOM table; the one that comes with the package without it.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="List where table and ontology disagree; exit code 1 when they do.")
    ] = False,
    update: Annotated[
        bool, typer.Option("--update", help="Rewrite FILE with the ontology's mappings; new ones wait to be verified.")
    ] = False,
    ontology: OntologyPath = None,
    as_json: AsJson = False,
) -> None:
    """Count the mappings by vocabulary, justification, confidence and where they were verified; or check the table."""
    from kg.mappings import disagreements, read_mappings, renewed, summary, write_mappings
    from kg.resources import ontology_folder

    path = file if file is not None else ontology_folder() / "mappings.sssom.tsv"
    table = read_mappings(path)
    if update:
        table = renewed(load_ontology(ontology), table)
        write_mappings(table, path)
    if check:
        found = disagreements(load_ontology(ontology), table)
        if as_json:
            echo_json(found)
        else:
            echo_record(
                {"disagreements": found} if found else {"mappings": len(table.mappings), "disagreements": "none"}
            )
        raise typer.Exit(1 if found else 0)
    echo_json(summary(table)) if as_json else echo_record(summary(table))
