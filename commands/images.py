"""`derm1m images check`: whether the image files of a graph or a data set can be used."""

from pathlib import Path
from typing import Annotated

import typer

from commands.options import AsJson, named_paths, open_graph
from commands.output import echo_json
from kg.errors import InputError

app = typer.Typer(help="The image files of a graph or a data set.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def group() -> None:
    """The image files of a graph or a data set."""


@app.command()
def check(
    kg: Annotated[Path | None, typer.Argument(metavar="[KG]", help="A graph, as `build --out` wrote it.")] = None,
    source: Annotated[
        list[str] | None, typer.Option(metavar="NAME=PATH", help="A data set instead, before it is built.")
    ] = None,
    ledger: Annotated[
        Path | None, typer.Option(help="Folder to keep the findings in; that of the graph when not given.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; one a core when not given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Open every image file: there, whole, no bomb; its size, how it is turned, and which files are the same.

    What was found is kept: a file that has not changed is not opened again, and a run that was stopped goes on where it
    was. Exit code 1 when a file cannot be used. `build --check-images` leaves such files out.
    """
    import pyarrow as pa

    from kg import sources
    from kg.pictures import FOLDER, Ledger, check_pictures

    if kg and not source:
        images, folder = open_graph(kg).images(), ledger or kg / FOLDER
    elif source and not kg and ledger:
        read = [sources.read(name, path).images for name, path in named_paths(source)]
        images, folder = pa.concat_tables(read), ledger
    else:
        raise InputError("name either a graph, or data sets with --source NAME=PATH and a folder with --ledger")
    report = check_pictures(images, Ledger(folder), workers=workers)
    if as_json:
        echo_json(report.as_dict())
    else:
        typer.echo(report.as_text())
    if report.reasons:
        raise typer.Exit(1)
