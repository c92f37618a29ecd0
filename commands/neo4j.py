"""Commands that bring a graph to a Neo4j server."""

from typing import Annotated

import typer

from commands.options import GraphPath, open_graph

app = typer.Typer(help="A Neo4j server instead of the embedded graph.", no_args_is_help=True, rich_markup_mode=None)


@app.command("push")
def push(
    kg: GraphPath,
    uri: Annotated[str, typer.Option(envvar="NEO4J_URI")] = "bolt://127.0.0.1:7687",
    user: Annotated[str, typer.Option(envvar="NEO4J_USER")] = "neo4j",
    password: Annotated[
        str, typer.Option(envvar="NEO4J_PASSWORD", help="Better from the environment than typed.")
    ] = "",
    database: Annotated[str, typer.Option(envvar="NEO4J_DATABASE")] = "neo4j",
    batch: Annotated[int, typer.Option(min=1)] = 10_000,
) -> None:
    """Copy the graph to a Neo4j server; doing it again changes nothing."""
    from kg.neo4j_push import push as push_graph

    typer.echo(push_graph(open_graph(kg), uri, user, password, database, batch=batch).as_text())
