"""The command line. Nothing heavy is imported before a command needs it."""

import gc
import os
import sys

import typer

from commands import ask, export, graph, images, models, neo4j, ontology, serve, sources, statistics, validation
from kg.errors import InputError

app = typer.Typer(
    name="derm1m",
    help="Dermatology's image–text data made computable through an ontology. Research only, not for clinical use.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(ontology.app, name="ontology")
app.add_typer(sources.app, name="sources")
app.add_typer(sources.linking)
app.add_typer(graph.app)
app.add_typer(ask.app)
app.add_typer(neo4j.app, name="neo4j")
app.add_typer(export.app)
app.add_typer(images.app, name="images")
app.add_typer(validation.app)
app.add_typer(statistics.app)
app.add_typer(models.app)
app.add_typer(serve.app)


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 the system or a limit said no, 2 the input is wrong."""
    gc.set_threshold(50_000, 20, 100)  # an ontology is a million small objects that stay: looking for cycles is dear
    try:
        app()
    except InputError as error:
        _leave(error, 2)
    except OSError as error:
        _leave(error, 1)


def _leave(error: Exception, code: int) -> None:
    if os.environ.get("DERM1M_DEBUG"):
        raise error
    typer.echo(f"derm1m: {error}", err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
