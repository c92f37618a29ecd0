"""`derm1m ontology compare-derm1m`: the data set's released tree beside the ontology."""

from pathlib import Path
from typing import Annotated

import typer

from commands.options import OntologyPath, load_ontology
from commands.output import TableFormat, write_table

app = typer.Typer(rich_markup_mode=None)


@app.command("compare-derm1m")
def compare_derm1m(
    file: Annotated[Path, typer.Argument(help="Derm1M's released tree, its ontology.json.")],
    format: Annotated[TableFormat, typer.Option("--format", help="How to print the table.")] = TableFormat.TABLE,
    out: Annotated[Path | None, typer.Option("--out", help="A file instead of the terminal.")] = None,
    differing: Annotated[bool, typer.Option("--differing", help="Only names that are filed differently.")] = False,
    ontology: OntologyPath = None,
) -> None:
    """Compare Derm1M's tree of names with the ontology: each name's term, their path and ours."""
    import pyarrow.compute as pc

    from kg.derm1m_tree import compare, read_tree

    table = compare(load_ontology(ontology), read_tree(file))
    if differing:
        table = table.filter(pc.starts_with(table["verdict"], "differs"))
    write_table(table, format, out)
