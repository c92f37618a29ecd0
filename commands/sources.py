"""`derm1m sources …`: what `build` can read."""

from typing import Annotated

import typer

from commands.output import echo_rows

app = typer.Typer(help="Data sets that `build` can read.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_sources() -> None:
    """List the data sets with a built-in reader."""
    from kg import sources

    echo_rows(
        ("name", "title", "licence"), [(s.name, s.title, s.licence) for s in map(sources.describe, sources.names())]
    )


@app.command("show")
def show_source(name: Annotated[str, typer.Argument(help="As `sources list` prints it.")]) -> None:
    """Show how a data set is read: its columns, licence and citation (TOML)."""
    from kg import sources

    typer.echo(sources.specification_file(name).read_text(encoding="utf-8"), nl=False)
