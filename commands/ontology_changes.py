"""`derm1m ontology …`: change the ontology's file, compare versions of it, release it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from kg.errors import InputError
from kg.resources import ontology_folder

app = typer.Typer()


def ontology_file(path: Path | None) -> Path:
    return path if path is not None else ontology_folder() / "derm1m.owl"


@app.command("format")
def format_file(
    file: Annotated[Path | None, typer.Argument(help="The ontology file; the package's own without it.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write here instead of over the file.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit with 1 if the form differs.")] = False,
) -> None:
    """Write an ontology file as Protégé saves it, so that its next save there changes only what was edited."""
    from kg.owlxml import to_xml, unstable_literals, write
    from kg.rdfio import compact, is_rdfxml, read

    source = ontology_file(file)
    content = read(source)
    for quad, fate in unstable_literals(content.quads):
        subject, predicate = compact(getattr(quad.subject, "value", "")), compact(quad.predicate.value)
        typer.echo(f"{source}: {subject} {predicate} {quad.object}: in Protégé's next save this {fate}", err=True)
    if check:
        if to_xml(content).encode() != source.read_bytes():
            typer.echo(f"{source}: not in Protégé's form: run `derm1m ontology format {source}`", err=True)
            sys.exit(1)
    elif out is None and not is_rdfxml(source):
        raise InputError(f"{source}: this is no RDF/XML, and would become it: give a file to write with --out")
    else:
        write(content, out or source)
        typer.echo(out or source)
