"""`derm1m validate`: a graph, an export or an RDF file against the shapes of the pair data."""

from pathlib import Path
from typing import Annotated

import typer

from commands.options import AsJson, open_graph, require_extra
from commands.output import echo_json, echo_rows

app = typer.Typer()


@app.command()
def validate(
    path: Annotated[
        Path,
        typer.Argument(metavar="KG|FILE", help="A graph, a table or folder that export-pairs wrote, or an RDF file."),
    ],
    shapes: Annotated[Path | None, typer.Option(help="Other SHACL shapes than those of the package.")] = None,
    sample: Annotated[int, typer.Option(min=0, help="Images of a graph that pySHACL looks at too.")] = 200,
    limit: Annotated[int, typer.Option(min=1, help="Findings shown of each kind.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Check that pairs, images, sources and facts are as the SHACL shapes ask. Exit code 1 when they are not."""
    from kg.validation import (
        SHOWN,
        TABLES,
        is_export,
        validate_export,
        validate_graph,
        validate_rdf,
        validate_table,
    )

    if is_export(path):
        report = validate_export(path, shapes=shapes)
    elif path.is_dir() or not path.exists():
        report = validate_graph(open_graph(path), shapes=shapes, sample=sample)
        if sample and report.sampled is None:
            typer.echo("no sample was checked by SHACL: pip install 'derm1m[shacl]'", err=True)
    elif path.suffix.lower() in TABLES:
        report = validate_table(path, shapes=shapes)
    else:
        require_extra("shacl", "pyshacl")
        report = validate_rdf(path, shapes=shapes)
    if as_json:
        echo_json(report.as_dict())
    else:
        if rows := report.rows(limit):
            echo_rows(SHOWN, rows)
        typer.echo(report.summary())
    if not report.conforms:
        raise typer.Exit(1)
