"""`derm1m ontology page`: the ontology as one HTML page."""

from pathlib import Path
from typing import Annotated

import typer

from commands.options import OntologyPath, load_ontology
from kg.wording import counted

app = typer.Typer(rich_markup_mode=None)


@app.command("page")
def page(
    out: Annotated[Path, typer.Option("--out", help="The HTML file to write; it needs no other file and no network.")],
    ontology: OntologyPath = None,
) -> None:
    """Write a page to browse the ontology: tree, search, every term with its findings, differentials and mappings."""
    from kg.mappings import read_mappings
    from kg.ontology_page import render_page

    terms = load_ontology(ontology)
    table = terms.file.with_name("mappings.sssom.tsv")
    out.write_text(render_page(terms, read_mappings(table) if table.is_file() else None), encoding="utf-8")
    typer.echo(f"{counted(len(terms), 'term')} written to {out}")
