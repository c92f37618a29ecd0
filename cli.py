"""The command line: parse, call, print. Nothing heavy is imported before a command needs it."""

import json
import os
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kg.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa
    from kg.graph import KnowledgeGraph
    from kg.ontology import Ontology, Term

app = typer.Typer(
    name="derm1m",
    help="Dermatology's image–text data made computable through an ontology. Research only, not for clinical use.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
ontology_app = typer.Typer(help="The ontology: terms, tree, counts.", no_args_is_help=True, rich_markup_mode=None)
sources_app = typer.Typer(help="Data sets that `build` can read.", no_args_is_help=True, rich_markup_mode=None)
neo4j_app = typer.Typer(
    help="A Neo4j server instead of the embedded graph.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(ontology_app, name="ontology")
app.add_typer(sources_app, name="sources")
app.add_typer(neo4j_app, name="neo4j")


class TableFormat(StrEnum):
    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


class ExportFormat(StrEnum):
    CSV = "csv"
    TSV = "tsv"
    PARQUET = "parquet"
    WEBDATASET = "webdataset"


GraphPath = Annotated[Path, typer.Option("--kg", help="Folder of the graph, as `build --out` wrote it.")]
OntologyPath = Annotated[
    Path | None, typer.Option("--ontology", help="Another ontology file than the one that comes with the package.")
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of text, for programs.")]
QueryText = Annotated[str | None, typer.Argument(metavar="QUERY", help="The query, unless --file gives it.")]
QueryFile = Annotated[Path | None, typer.Option("--file", help="Read the query from a file.")]
Format = Annotated[TableFormat, typer.Option("--format", help="How to write the answer.")]
OutFile = Annotated[Path | None, typer.Option("--out", help="Write to a file instead of standard output.")]
Timeout = Annotated[float, typer.Option(help="Seconds after which the query is stopped.")]


# ------------------------------------------------------------------------------------------------------------ ontology


@ontology_app.command("show")
def ontology_show(
    term: Annotated[str, typer.Argument(help="A label, a synonym, a CURIE (DERM:0001001) or an IRI.")],
    ontology: OntologyPath = None,
    as_json: AsJson = False,
    turtle: Annotated[bool, typer.Option("--turtle", help="The term's triples in Turtle.")] = False,
) -> None:
    """Show a term: definition, place in the tree, synonyms, findings, mappings."""
    terms = _ontology(ontology)
    found = terms.term(term)
    if turtle:
        from kg.rdfio import describe

        typer.echo(describe(terms, found))
    elif as_json:
        _echo_json(_term_record(terms, found))
    else:
        _echo_record(_term_record(terms, found))


@ontology_app.command("tree")
def ontology_tree(
    term: Annotated[str | None, typer.Argument(help="Where to start; the whole disease tree without it.")] = None,
    depth: Annotated[int, typer.Option(min=0, help="How many steps down.")] = 2,
    ontology: OntologyPath = None,
) -> None:
    """Print the tree of terms with the number of conditions below each."""
    terms = _ontology(ontology)
    starts = [terms.term(term)] if term else [t for t in terms.terms("disease") if t.level == 1]

    def show(node: "Term", indent: int) -> None:
        below = len(terms.conditions(node)) if node.level and node.level < 4 else 0
        count = f"  ({below} conditions)" if below else ""
        typer.echo(f"{'  ' * indent}{node.label}  {node.curie}{count}")
        if indent < depth:
            for child in terms.children(node):
                show(child, indent + 1)

    for start in starts:
        show(start, 0)


@ontology_app.command("stats")
def ontology_stats(ontology: OntologyPath = None, as_json: AsJson = False) -> None:
    """Count terms by kind and level, synonyms by scope, mappings by vocabulary."""
    statistics = _ontology(ontology).statistics()
    if as_json:
        _echo_json(statistics)
    else:
        _echo_record(statistics)


# ------------------------------------------------------------------------------------------------------------- sources


@sources_app.command("list")
def sources_list() -> None:
    """List the data sets with a built-in reader."""
    from kg import sources

    _echo_rows(
        ("name", "title", "licence"), [(s.name, s.title, s.licence) for s in map(sources.describe, sources.names())]
    )


@sources_app.command("show")
def sources_show(name: Annotated[str, typer.Argument(help="As `sources list` prints it.")]) -> None:
    """Show how a data set is read: its columns, licence and citation (TOML)."""
    from kg import sources

    typer.echo(sources.describe(name).toml)


# --------------------------------------------------------------------------------------------------------------- graph


@app.command()
def build(
    source: Annotated[
        list[str],
        typer.Option(
            metavar="NAME=PATH", help="A data set; NAME as in `sources list`, or new with a source.toml in PATH."
        ),
    ],
    out: Annotated[
        Path, typer.Option(help="Folder of the graph. An older build in it stays in use until this one is done.")
    ],
    ontology: OntologyPath = None,
    max_rejects: Annotated[int | None, typer.Option(min=0, help="Exit with 1 when more rows are rejected.")] = None,
    as_json: AsJson = False,
) -> None:
    """Build the graph from data sets: align, link, write both graphs, and give an account of every row."""
    from kg.build import build as build_graph

    account = build_graph(_named_paths(source), out, ontology=_ontology(ontology))
    if as_json:
        _echo_json(account.as_dict())
    else:
        typer.echo(account.as_text())
    if max_rejects is not None and account.rejected > max_rejects:
        _fail(f"{account.rejected:,} rows were rejected, more than --max-rejects {max_rejects:,}", code=1)


@app.command()
def info(kg: GraphPath, as_json: AsJson = False) -> None:
    """Tell what a graph was built from and what it holds."""
    graph = _graph(kg)
    if as_json:
        _echo_json(graph.info)
    else:
        _echo_record(graph.info)


@app.command()
def prune(kg: GraphPath, keep: Annotated[int, typer.Option(min=1, help="How many builds to keep.")] = 1) -> None:
    """Delete older builds of a graph."""
    from kg.graph import prune as prune_builds

    for build_id in prune_builds(kg, keep=keep):
        typer.echo(f"deleted build {build_id}")


@app.command()
def sparql(
    kg: GraphPath,
    query: QueryText = None,
    file: QueryFile = None,
    format: Format = TableFormat.TABLE,
    out: OutFile = None,
    timeout: Timeout = 60,
) -> None:
    """Ask the RDF graph. The usual prefixes (DERM, d1m, rdfs, skos …) need no declaration."""
    _write_table(_graph(kg).sparql(_query(query, file), timeout=timeout), format, out)


@app.command()
def cypher(
    kg: GraphPath,
    query: QueryText = None,
    file: QueryFile = None,
    param: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="A $NAME of the query; VALUE is JSON or text.")
    ] = None,
    format: Format = TableFormat.TABLE,
    out: OutFile = None,
    timeout: Timeout = 60,
) -> None:
    """Ask the property graph."""
    _write_table(_graph(kg).cypher(_query(query, file), _parameters(param or []), timeout=timeout), format, out)


@neo4j_app.command("push")
def neo4j_push(
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
    from kg.neo4j_push import push

    typer.echo(push(_graph(kg), uri, user, password, database, batch=batch).as_text())


# ------------------------------------------------------------------------------------------------- prompts and exports


@app.command()
def prompts(
    term: Annotated[str, typer.Argument(help="A disease term: label, synonym, CURIE or IRI.")],
    kg: Annotated[Path | None, typer.Option("--kg", help="Take the ontology of this graph.")] = None,
    levels: Annotated[str, typer.Option(help="Levels, comma-separated.")] = "1,2,3,4",
    as_json: AsJson = False,
) -> None:
    """Print prompts for a term at every level, made by walking the graph."""
    from kg.prompts import prompts as make_prompts

    terms = _graph(kg).ontology if kg else _ontology(None)
    made = make_prompts(terms, terms.term(term), levels=[_integer(level, "--levels") for level in levels.split(",")])
    if as_json:
        _echo_json(
            [
                {"level": p.level, "term": p.term.curie, "label": p.term.label, "style": p.style, "text": p.text}
                for p in made
            ]
        )
    else:
        _echo_rows(("level", "term", "style", "prompt"), [(p.level, p.term.label, p.style, p.text) for p in made])


@app.command("export-pairs")
def export_pairs(
    kg: GraphPath,
    out: Annotated[Path, typer.Option(help="File (CSV, TSV, Parquet) or folder (WebDataset).")],
    disease: Annotated[
        list[str] | None, typer.Option(metavar="TERM", help="Disease, group or defined class, with all below it.")
    ] = None,
    concept: Annotated[
        list[str] | None, typer.Option(metavar="TERM", help="Finding or artifact, and all below.")
    ] = None,
    site: Annotated[list[str] | None, typer.Option(metavar="TERM", help="Body site, with its parts.")] = None,
    skin_tone: Annotated[list[str] | None, typer.Option(metavar="TERM", help="fitzpatrick:V,VI or monk:8.")] = None,
    history: Annotated[list[str] | None, typer.Option(metavar="TERM", help="e.g. 'family history', 'smoking'.")] = None,
    symptom: Annotated[list[str] | None, typer.Option(metavar="TERM", help="Symptom that is present.")] = None,
    age: Annotated[
        str | None, typer.Option(metavar="MIN-MAX", help="Years, both included; either may be missing.")
    ] = None,
    sex: Annotated[list[str] | None, typer.Option(metavar="NAME")] = None,
    modality: Annotated[list[str] | None, typer.Option(metavar="NAME")] = None,
    source: Annotated[list[str] | None, typer.Option(metavar="NAME")] = None,
    text_kind: Annotated[
        list[str] | None, typer.Option(metavar="TERM", help="caption, 'ontology sentence' or 'concept sentence'.")
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="train, val or test; groups (patients, lesions) are never divided.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the split.")] = 0,
    shares: Annotated[str, typer.Option(help="Of train, val and test.")] = "0.8,0.1,0.1",
    format: Annotated[ExportFormat | None, typer.Option(help="By the suffix of --out, when not given.")] = None,
    require_images: Annotated[bool, typer.Option(help="Leave out pairs without an image file.")] = False,
    escape_formulas: Annotated[bool, typer.Option(help="Disarm cells that a spreadsheet would run.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write the pairs that a selection names. Repeated options mean any of them; different options, all of them."""
    from kg.export import export
    from kg.selection import Selection

    selection = Selection.parse(
        disease=disease or (),
        concept=concept or (),
        site=site or (),
        skin_tone=skin_tone or (),
        history=history or (),
        symptom=symptom or (),
        age=age,
        sex=sex or (),
        modality=modality or (),
        source=source or (),
        text_kind=text_kind or (),
        split=split,
        seed=seed,
        shares=shares,
    )
    account = export(
        _graph(kg),
        selection,
        out,
        format=format.value if format else None,
        require_images=require_images,
        escape_formulas=escape_formulas,
    )
    if as_json:
        _echo_json(account.as_dict())
    else:
        typer.echo(account.as_text())


# --------------------------------------------------------------------------------------------------- sample and models


@app.command()
def sample(
    out: Annotated[Path, typer.Option(help="Folder to make.")],
    pairs: Annotated[int, typer.Option(min=1, help="How many images, each with a caption.")] = 1000,
    seed: Annotated[int, typer.Option()] = 0,
    size: Annotated[int, typer.Option(min=32, max=1024, help="Pixels on a side.")] = 128,
    ontology: OntologyPath = None,
) -> None:
    """Draw a synthetic atlas: lesions that follow the ontology's findings, with the truth beside them."""
    from kg.atlas import generate

    typer.echo(generate(_ontology(ontology), out, pairs=pairs, seed=seed, size=size).as_text())


@app.command()
def train(
    config: Annotated[Path, typer.Argument(help="TOML, e.g. configs/tiny.toml.")],
    pairs: Annotated[Path, typer.Option(help="Parquet, as `export-pairs` writes it.")],
    out: Annotated[Path, typer.Option(help="Folder of the run; an interrupted run goes on where it stopped.")],
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    ontology: OntologyPath = None,
) -> None:
    """Train a contrastive image–text model (CLIP) on exported pairs."""
    _need("train", "torch", "open_clip")
    from train.config import Config
    from train.trainer import fit

    typer.echo(fit(Config.load(config), pairs, out, ontology=_ontology(ontology), device=device).as_text())


@app.command()
def evaluate(
    run: Annotated[Path, typer.Option(help="Folder that `train --out` wrote.")],
    pairs: Annotated[Path, typer.Option(help="Parquet of the pairs to evaluate on.")],
    report: Annotated[Path, typer.Option(help="HTML report to write.")],
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    ontology: OntologyPath = None,
    as_json: AsJson = False,
) -> None:
    """Evaluate a model zero-shot at each level of the ontology, beside the majority baseline."""
    _need("train", "torch", "open_clip", "matplotlib")
    from train.evaluation import evaluate as evaluate_run

    evaluation = evaluate_run(run, pairs, ontology=_ontology(ontology), report=report, device=device)
    if as_json:
        _echo_json(evaluation.as_dict())
    else:
        typer.echo(evaluation.as_text())
        typer.echo(report)


# ------------------------------------------------------------------------------------------------- reading the options


def _ontology(path: Path | None) -> "Ontology":
    from kg.ontology import Ontology

    return Ontology.load(path)


def _graph(path: Path) -> "KnowledgeGraph":
    from kg.graph import KnowledgeGraph

    return KnowledgeGraph.open(path)


def _named_paths(options: Iterable[str]) -> list[tuple[str, Path]]:
    named = []
    for option in options:
        name, separator, path = option.partition("=")
        if not (name and separator and path):
            raise InputError(f"--source {option!r}: write it as NAME=PATH, e.g. ham10000=data/ham10000")
        named.append((name, Path(path)))
    return named


def _parameters(options: Iterable[str]) -> dict[str, Any]:
    parameters: dict[str, Any] = {}
    for option in options:
        name, separator, value = option.partition("=")
        if not (name and separator):
            raise InputError(f"--param {option!r}: write it as NAME=VALUE, e.g. level=2 or term=psoriasis")
        try:
            parameters[name] = json.loads(value)
        except json.JSONDecodeError:
            parameters[name] = value
    return parameters


def _query(text: str | None, file: Path | None) -> str:
    if (text is None) == (file is None):
        raise InputError("give the query either as an argument or with --file, not both and not neither")
    return text if text is not None else file.read_text(encoding="utf-8")  # type: ignore[union-attr]


def _integer(text: str, option: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InputError(f"{option}: {text!r} is no whole number") from None


def _need(extra: str, *modules: str) -> None:
    from importlib.util import find_spec

    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise InputError(f"this command needs {', '.join(missing)}: pip install 'derm1m[{extra}]'")


# ------------------------------------------------------------------------------------------------------------ printing


def _term_record(ontology: "Ontology", term: "Term") -> dict[str, Any]:
    def labels(terms: Iterable["Term"]) -> list[str]:
        return [f"{t.label} ({t.curie})" for t in terms]

    known: dict[str, list[str]] = {}
    for item in ontology.knowledge(term):
        known.setdefault(item.relation, []).append(item.term.label + (f" ({item.frequency})" if item.frequency else ""))
    record = {
        "id": term.curie,
        "label": term.label,
        "iri": term.iri,
        "kind": term.kind,
        "level": term.level,
        "definition": term.definition,
        "malignancy": term.malignancy,
        "path": [t.label for t in ontology.path(term)],
        "parents": labels(ontology.parents(term)),
        "inferred parents": sorted(labels(ontology.inferred_ancestors(term))),
        "children": labels(ontology.children(term)),
        "synonyms": [f"{s.text} ({s.scope}{', ' + s.type if s.type else ''})" for s in term.synonyms],
        "not to be called": list(term.excluded),
        **known,
        "mappings": [f"{predicate} {curie}" for predicate, curie in term.mappings],
        "review status": term.review_status,
    }
    return {name: value for name, value in record.items() if value not in (None, [], ())}


def _echo_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def _echo_record(record: dict[str, Any], indent: int = 0) -> None:
    margin = "  " * indent
    for name, value in record.items():
        if isinstance(value, dict):
            typer.echo(f"{margin}{name}:")
            _echo_record(value, indent + 1)
        elif isinstance(value, list | tuple):
            typer.echo(f"{margin}{name}:" + "".join(f"\n{margin}  {item}" for item in value))
        else:
            typer.echo(
                f"{margin}{name}: {value:,}"
                if isinstance(value, int) and not isinstance(value, bool)
                else f"{margin}{name}: {value}"
            )


def _echo_rows(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    cells = [tuple(header), *(tuple("" if value is None else str(value) for value in row) for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    for row in cells:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _write_table(table: "pa.Table", format: TableFormat, out: Path | None) -> None:
    if format is TableFormat.PARQUET and out is None:
        raise InputError("--format parquet needs --out FILE")
    if format is TableFormat.PARQUET:
        import pyarrow.parquet as pq

        pq.write_table(table, out)
    elif format is TableFormat.CSV:
        from pyarrow import csv

        csv.write_csv(table, out if out else sys.stdout.buffer)
    elif format is TableFormat.JSON:
        text = json.dumps(table.to_pylist(), ensure_ascii=False, indent=2, default=str)
        out.write_text(text + "\n", encoding="utf-8") if out else typer.echo(text)
    else:
        _echo_rows(table.column_names, list(zip(*(c.to_pylist() for c in table.columns), strict=True)))
        typer.echo(f"{table.num_rows:,} rows", err=True)


def _fail(message: str, code: int) -> None:
    typer.echo(f"derm1m: {message}", err=True)
    raise typer.Exit(code)


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 the system or a limit said no, 2 the input is wrong."""
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
