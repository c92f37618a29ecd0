"""Commands that bring a graph to a Neo4j server."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.options import AsJson, GraphPath, open_graph, require_extra
from commands.output import echo_json, fail

if TYPE_CHECKING:
    from kg.neo4j import Server
    from kg.neo4j.comparison import Comparison

app = typer.Typer(help="A Neo4j server beside the embedded graph.", no_args_is_help=True, rich_markup_mode=None)

Uri = Annotated[
    str, typer.Option(envvar="NEO4J_URI", help="bolt://… or neo4j://…, with or without USER:PASSWORD@ before the host.")
]
User = Annotated[str, typer.Option(envvar="NEO4J_USER")]
Password = Annotated[str, typer.Option(envvar="NEO4J_PASSWORD", help="Better from the environment than typed.")]
Database = Annotated[str, typer.Option(envvar="NEO4J_DATABASE")]


@app.command("push")
def push(
    kg: GraphPath,
    uri: Uri = "bolt://127.0.0.1:7687",
    user: User = "neo4j",
    password: Password = "",
    database: Database = "neo4j",
    batch: Annotated[int, typer.Option(min=1, help="Rows of a transaction.")] = 10_000,
    parallel: Annotated[int, typer.Option(min=1, help="Transactions at a time.")] = 2,
    replace: Annotated[bool, typer.Option(help="First delete what the database has of any graph.")] = False,
    as_json: AsJson = False,
) -> None:
    """Copy the graph to a running server. An interrupted push goes on; doing it again changes nothing.

    A server that holds another build needs --replace.
    """
    from kg.neo4j.push import push as push_graph

    server = _server(uri, user, password, database)
    _tell(push_graph(open_graph(kg), server, batch=batch, parallel=parallel, replace=replace), as_json)


@app.command("verify")
def verify(
    kg: GraphPath,
    uri: Uri = "bolt://127.0.0.1:7687",
    user: User = "neo4j",
    password: Password = "",
    database: Database = "neo4j",
    sample: Annotated[int, typer.Option(min=0, help="Pairs of which all that is said is compared.")] = 200,
    seed: Annotated[int, typer.Option(help="Of the sample.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Compare a server with the graph. Exits with 1 when anything differs."""
    from kg.neo4j.comparison import verify as verify_graph

    _tell(verify_graph(open_graph(kg), _server(uri, user, password, database), sample=sample, seed=seed), as_json)


@app.command("vectors")
def push_vectors(
    embeddings: Annotated[Path, typer.Argument(help="Parquet file with the columns id and embedding.")],
    uri: Uri = "bolt://127.0.0.1:7687",
    user: User = "neo4j",
    password: Password = "",
    database: Database = "neo4j",
    label: Annotated[str, typer.Option(help="Label of the nodes that have these ids.")] = "Image",
    replace: Annotated[bool, typer.Option(help="First remove the vectors that nodes of this label have.")] = False,
) -> None:
    """Write embeddings to nodes that are there, and index them. Exits with 1 when an id has no node."""
    from kg.neo4j.vectors import push_vectors as push_table
    from kg.neo4j.vectors import read_vectors

    server = _server(uri, user, password, database)
    account = push_table(read_vectors(embeddings), server, label=label, replace=replace)
    typer.echo(account.as_text())
    if account.unknown:
        raise typer.Exit(1)


@app.command("import")
def write_import(
    kg: GraphPath,
    out: Annotated[Path, typer.Option(help="Folder to make.")],
    as_json: AsJson = False,
) -> None:
    """Write files for `neo4j-admin database import full`, and the command that imports them."""
    from kg.neo4j.files import write_import as write

    account = write(open_graph(kg), out)
    if as_json:
        echo_json(account.as_dict())
    else:
        typer.echo(account.as_text())


def _server(uri: str, user: str, password: str, database: str) -> "Server":
    from kg.neo4j import Server

    require_extra("neo4j", "neo4j")
    return Server(uri, user, password, database)


def _tell(comparison: "Comparison", as_json: bool) -> None:
    if as_json:
        echo_json(comparison.as_dict())
    else:
        typer.echo(comparison.as_text())
    if not comparison.same:
        fail("the server holds something else; `neo4j push --replace` begins anew", code=1)
