"""Commands that ask a graph: in SPARQL, in Cypher, or one of the documented questions."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.options import GraphPath, GraphPlace, choose_query, open_graph, parse_parameters, require_extra
from commands.output import TableFormat, echo_rows, write_table
from kg.errors import InputError
from kg.wording import counted

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph, Language

app = typer.Typer()


class QueryLanguage(StrEnum):
    SPARQL = "sparql"
    CYPHER = "cypher"


QueryText = Annotated[str | None, typer.Argument(metavar="QUERY", help="The query, unless --file gives it.")]
QueryFile = Annotated[Path | None, typer.Option("--file", help="Read the query from a file.")]
Parameters = Annotated[
    list[str] | None,
    typer.Option(
        "--param",
        metavar="NAME=VALUE",
        help="A $NAME of the query; VALUE is text, JSON or, in SPARQL, <IRI>, '\"text\"@en' or '\"2026\"^^xsd:gYear'.",
    ),
]
Format = Annotated[TableFormat, typer.Option("--format", help="How to write the answer.")]
OutFile = Annotated[Path | None, typer.Option("--out", help="Write to a file instead of standard output.")]
Explain = Annotated[bool, typer.Option("--explain", help="Tell how it is answered instead of answering it.")]
Timeout = Annotated[float, typer.Option(help="Seconds after which the query is stopped.")]


@app.command()
def sparql(
    kg: GraphPlace,
    query: QueryText = None,
    file: QueryFile = None,
    param: Parameters = None,
    format: Format = TableFormat.TABLE,
    out: OutFile = None,
    explain: Explain = False,
    timeout: Timeout = 60,
) -> None:
    """Ask the RDF graph. The usual prefixes (DERM, d1m, rdfs, skos …) need no declaration.

    --explain counts the triples that match each pattern of the query alone.
    """
    with open_graph(kg) as graph:
        _ask(graph, "sparql", choose_query(query, file), param or [], format, out, explain, timeout)


@app.command()
def cypher(
    kg: GraphPlace,
    query: QueryText = None,
    file: QueryFile = None,
    param: Parameters = None,
    format: Format = TableFormat.TABLE,
    out: OutFile = None,
    explain: Explain = False,
    timeout: Timeout = 60,
) -> None:
    """Ask the property graph. --explain shows the engine's plan."""
    with open_graph(kg) as graph:
        _ask(graph, "cypher", choose_query(query, file), param or [], format, out, explain, timeout)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="Its name, as `questions` lists it.")],
    kg: GraphPlace,
    param: Parameters = None,
    language: Annotated[
        QueryLanguage | None, typer.Option(help="Cypher, unless the server knows SPARQL alone.")
    ] = None,
    format: Format = TableFormat.TABLE,
    out: OutFile = None,
    explain: Explain = False,
    timeout: Timeout = 60,
) -> None:
    """Ask a documented question. It has the same answer in both languages."""
    from kg.questions import find_question

    found = find_question(question)
    with open_graph(kg) as graph:
        chosen: Language = language.value if language else graph.languages[0]
        text = found.sparql if chosen == "sparql" else found.cypher
        _ask(graph, chosen, text, param or [], format, out, explain, timeout)


@app.command()
def questions(
    markdown: Annotated[bool, typer.Option("--markdown", help="As the page of the documentation.")] = False,
) -> None:
    """List the documented questions."""
    from kg.questions import describe, read_questions

    found = read_questions()
    if markdown:
        typer.echo(describe(found), nl=False)
        return
    rows = [
        (question.name, question.heading.title, ", ".join(parameter.name for parameter in question.heading.parameters))
        for question in found
    ]
    echo_rows(("name", "question", "parameters"), rows)


@app.command()
def schema(
    picture: Annotated[bool, typer.Option("--picture", help="As a picture (SVG) instead of a page.")] = False,
) -> None:
    """Print the labels, relations and properties of both graphs (Markdown)."""
    from kg import schema_page

    typer.echo(schema_page.picture() if picture else schema_page.page(), nl=False)


@app.command()
def draw(
    kg: GraphPath,
    out: Annotated[Path, typer.Option(help="File to write, .svg.")],
    disease: Annotated[list[str] | None, typer.Option(metavar="TERM")] = None,
    concept: Annotated[list[str] | None, typer.Option(metavar="TERM")] = None,
    site: Annotated[list[str] | None, typer.Option(metavar="TERM")] = None,
    source: Annotated[list[str] | None, typer.Option(metavar="NAME")] = None,
    most: Annotated[int, typer.Option(min=2, help="Terms to draw, those of the most images.")] = 40,
) -> None:
    """Draw which terms are said together of the selected images."""
    if out.suffix.lower() != ".svg":
        raise InputError(f"{out}: the picture is SVG: name a file that ends in .svg; browsers and Inkscape convert it")
    from kg.picture import draw as draw_graph
    from kg.selection import Selection

    chosen = Selection.parse(disease=disease or (), concept=concept or (), site=site or (), source=source or ())
    with open_graph(kg) as graph:
        made = graph.to_networkx(chosen)
    named = [*chosen.diseases, *chosen.concepts, *chosen.sites, *chosen.sources]
    title = ", ".join(named) or "all images"
    out.write_text(draw_graph(made, title=title, most=most), encoding="utf-8")
    typer.echo(f"{out}: {counted(len(made), 'term')}")


@app.command()
def shell(
    kg: GraphPlace,
    language: Annotated[QueryLanguage | None, typer.Option(help="To begin with.")] = None,
    timeout: Timeout = 60,
) -> None:
    """Ask one query after the other, with history and completion. \\help tells what else it knows."""
    require_extra("shell", "prompt_toolkit", "pygments")
    from commands.shell import Shell

    with open_graph(kg) as graph:
        Shell(graph, language.value if language else graph.languages[0], timeout=timeout).run()


def _ask(
    graph: "KnowledgeGraph",
    language: "Language",
    query: str,
    param: list[str],
    format: TableFormat,
    out: Path | None,
    explain: bool,
    timeout: float,
) -> None:
    from kg.questions import Heading

    values: dict[str, Any] = Heading.read(query).values(parse_parameters(param), lambda: graph.ontology)
    if explain:
        typer.echo(graph.explain(query, values, language=language, timeout=timeout))
        return
    answer = graph.sparql if language == "sparql" else graph.cypher
    write_table(answer(query, values, timeout=timeout), format, out)
