"""`derm1m serve`: a graph in the browser."""

from pathlib import Path
from typing import Annotated

import typer

from commands.options import open_graph, require_extra
from kg.serve.settings import Settings

app = typer.Typer(rich_markup_mode=None)

_USUAL = Settings()


@app.command()
def serve(
    kg: Annotated[Path, typer.Argument(help="Folder of the graph, as `build --out` wrote it.")],
    host: Annotated[
        str, typer.Option(help="Address to listen on; the default cannot be reached from elsewhere.")
    ] = _USUAL.host,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 for any that is free.")] = _USUAL.port,
    name: Annotated[
        list[str] | None, typer.Option(metavar="HOST", help="A further name by which the server is asked for.")
    ] = None,
    cors: Annotated[
        list[str] | None,
        typer.Option(metavar="ORIGIN", help="A web site whose pages may read answers and RDF; * for all."),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Queries at a time.")] = _USUAL.workers,
    waiting: Annotated[
        int, typer.Option(min=0, help="Queries that may wait; more are refused with 503.")
    ] = _USUAL.waiting,
    time_limit: Annotated[float, typer.Option(min=0.1, help="Seconds for a query.")] = _USUAL.time_limit,
    memory: Annotated[float, typer.Option(min=0.5, help="GiB for a query.")] = _USUAL.memory / (1 << 30),
) -> None:
    """Show a graph in the browser: ontology, pairs, queries; and answer SPARQL at /sparql. Ctrl-C ends it."""
    require_extra("serve", "starlette", "uvicorn")
    from kg.serve.server import run

    settings = Settings(
        host=host,
        port=port,
        names=tuple(name or ()),
        cors=tuple(cors or ()),
        workers=workers,
        waiting=waiting,
        time_limit=time_limit,
        memory=int(memory * (1 << 30)),
    )
    run(open_graph(kg), settings, announce=lambda address: typer.echo(f"{address}  (Ctrl-C ends)", err=True))
