"""`derm1m ontology migrate`: bring a graph to a later version of the ontology."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from commands.options import AsJson, load_ontology
from commands.output import echo_json
from kg.errors import InputError

app = typer.Typer()


@app.command("migrate")
def migrate_graph(
    kg: Annotated[Path, typer.Argument(metavar="KG", help="Folder of the graph, as `build --out` wrote it.")],
    to: Annotated[Path, typer.Option("--to", help="The ontology file to bring it to.")],
    decisions: Annotated[
        Path | None,
        typer.Option(
            "--decisions", help="CSV with a decision for each term without a single successor; written if absent."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would happen; write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Move a graph's facts to the terms of another ontology version, as a new build; `rollback` undoes it."""
    from kg.migration import UndecidedTerms, migrate, read_decisions

    given = read_decisions(decisions) if decisions and decisions.exists() else {}
    try:
        account = migrate(kg, load_ontology(to), given, dry_run=dry_run)
    except UndecidedTerms as error:
        from pyarrow import csv

        if decisions is None or dry_run:
            csv.write_csv(error.table, sys.stdout.buffer)
            where = "the list above as a file with --decisions"
        else:
            if not decisions.exists():
                csv.write_csv(error.table, decisions)
            where = str(decisions)
        raise InputError(
            f"{error}. Nothing was changed. Write an identifier or `drop` in the column `decision` for each, "
            f"and give {where}"
        ) from error
    if as_json:
        echo_json(account.as_dict())
        return
    typer.echo(account.as_text())
    if account.build:
        typer.echo(f"in use: build {account.build}; `derm1m rollback --kg {kg}` goes back")
    else:
        typer.echo("nothing was written" + (" (dry run)" if dry_run else ": the graph has this ontology"))
