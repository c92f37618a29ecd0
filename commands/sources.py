"""`derm1m sources …`: what `build` can read, and how a new data set is described; `derm1m link`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.options import AsJson, OntologyPath, load_ontology
from commands.output import echo_json, echo_rows
from kg.wording import counted

if TYPE_CHECKING:
    from kg.linking import LabelLink
    from kg.source_check import SourceCheck
    from kg.sources import SourceSpec

app = typer.Typer(help="Data sets that `build` can read.", no_args_is_help=True, rich_markup_mode=None)
linking = typer.Typer()


@app.command("list")
def list_sources(as_json: AsJson = False) -> None:
    """List the data sets with a built-in reader."""
    from kg import sources
    from kg.licences import short_name

    specs = [sources.describe(name) for name in sources.names()]
    if as_json:
        names = ("name", "title", "licence", "citation", "url", "format_seen")
        echo_json([{n: getattr(s, n) for n in names} | {"licence_id": short_name(s.licence)} for s in specs])
    else:
        echo_rows(("name", "licence", "title"), [(s.name, s.licence, s.title) for s in specs])


@app.command("show")
def show_source(name: Annotated[str, typer.Argument(help="As `sources list` prints it.")]) -> None:
    """Show how a data set is read: its columns, licence and citation (TOML)."""
    from kg import sources

    typer.echo(sources.specification_file(name).read_text(encoding="utf-8"), nl=False)


@app.command("new")
def new_source(
    path: Annotated[Path, typer.Argument(help="A table, or a folder with one table or with folders of class names.")],
    ontology: OntologyPath = None,
    out: Annotated[Path | None, typer.Option(help="Write the TOML file here instead of printing it.")] = None,
) -> None:
    """Draft the TOML file of a data set from a look at its table. What is uncertain is a comment."""
    from kg.errors import InputError
    from kg.sources.draft import draft

    if out and out.exists():
        raise InputError(f"{out} exists: remove it first, or name another file with --out")
    drafted = draft(path, load_ontology(ontology))
    if out:
        out.write_text(drafted.text, encoding="utf-8")
    else:
        typer.echo(drafted.text, nl=False)
    used = sum(1 for guess in drafted.guesses if guess.use and guess.is_sure)
    unread = f" ({drafted.unread:,} more could not be read)" if drafted.unread else ""
    typer.echo(
        f"{counted(drafted.rows, 'row')} looked at{unread}; "
        f"{used} of {counted(len(drafted.guesses), 'column')} understood "
        f"({drafted.understood:.0%}). Say title, licence and citation, and read the comments.",
        err=True,
    )


@app.command("validate")
def validate_source(
    source: Annotated[str, typer.Argument(help="A TOML file, or a name as `sources list` prints it.")],
    data: Annotated[
        Path | None, typer.Option(help="Folder of the data, or its table: reads some rows and says what they say.")
    ] = None,
    rows: Annotated[int, typer.Option(min=1, help="So many rows of each table at most.")] = 5_000,
    least: Annotated[int, typer.Option(min=1, help="Images that a suspicious label must have at least.")] = 20,
    ontology: OntologyPath = None,
    as_json: AsJson = False,
) -> None:
    """Check the TOML file of a data set; with --data, read some rows and print what links.

    Exit code 1 if a name that the file gives is no term of the ontology.
    """
    from kg.source_check import check_data, check_names

    spec = _specification(source)
    terms = load_ontology(ontology)
    problems = check_names(spec, terms)
    check = check_data(spec, data, terms, most=rows, least=least) if data else None
    if as_json:
        echo_json({"source": spec.name, "problems": problems} | (_as_dict(check) if check else {}))
    else:
        for problem in problems:
            typer.echo(f"{source}, {problem}")
        if check:
            _echo_check(check)
        elif not problems:
            typer.echo(f"{source}: {spec.title}. All names are terms. See what its rows say with --data FOLDER.")
    if problems:
        raise typer.Exit(1)


@linking.command("link")
def link_labels(
    labels: Annotated[Path, typer.Argument(help="CSV or TSV file, or a text file of one label a line.")],
    column: Annotated[str | None, typer.Option(help="Column of the labels, where the file has several.")] = None,
    kind: Annotated[
        str, typer.Option(help="condition, finding, artifact, symptom, site, tone or history.")
    ] = "condition",
    mapping: Annotated[
        Path | None, typer.Option(help="Reviewed labels (TSV: label, term, kind), which override every rule.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write a TSV file, to be reviewed and given back as --mapping.")
    ] = None,
    ontology: OntologyPath = None,
    as_json: AsJson = False,
) -> None:
    """Link the labels of a data set: each with its term, how it was found and how sure that is.

    A suggestion is a name that looks alike; it is never applied until somebody has written its term in a mapping.
    """
    from kg.errors import InputError
    from kg.linking import link_labels, read_labels, write_links
    from kg.reviewed_labels import read_reviewed_labels

    if out and out.exists():
        raise InputError(f"{out} exists: remove it first, or name another file with --out")
    reviewed = read_reviewed_labels(mapping) if mapping else None
    found = link_labels(read_labels(labels, column), load_ontology(ontology), kind, reviewed)
    if as_json:
        echo_json([_link_as_dict(each) for each in found])
    elif out:
        if escaped := write_links(out, found, kind):
            typer.echo(f"{counted(escaped, 'label')} escaped that a spreadsheet would run", err=True)
    else:
        header = ("label", "count", "term", "term label", "how", "confidence")
        echo_rows(header, [tuple(_link_as_dict(each).values())[:6] for each in found])
    linked = [each for each in found if each.linked]
    total, rows = sum(each.count for each in found), sum(each.count for each in linked)
    typer.echo(
        f"{len(linked):,} of {counted(len(found), 'label')} linked ({rows:,} of {counted(total, 'row')}); "
        f"{sum(each.how == 'suggestion' for each in found):,} have a suggestion to confirm",
        err=True,
    )


def _specification(source: str) -> "SourceSpec":
    from kg import sources
    from kg.sources.declaration import load_specification

    return load_specification(Path(source)) if source.lower().endswith(".toml") else sources.describe(source)


def _echo_check(check: "SourceCheck") -> None:
    typer.echo(
        f"{counted(check.rows, 'row')} in, {counted(check.images, 'image')} ({check.available:,} found), "
        f"{counted(check.captions, 'caption')}"
    )
    for reason, count in check.rejected.items():
        typer.echo(f"  rejected: {reason} ({count:,}), the first in {check.first_rejects[reason]}")
    for note in check.notes:
        typer.echo(f"  note: {note}")
    typer.echo("")
    rows = [
        (c.role, c.column, f"{c.images:,}", f"{c.share:.0%}", "; ".join(f"{name} ({n:,})" for name, n in c.unlinked))
        for c in check.columns
    ]
    echo_rows(("kind", "column", "images", "linked", "not linked, the most frequent"), rows)
    unsure = [(c.column, label, term, rule, f"{n:,}") for c in check.columns for label, term, rule, n in c.unsure]
    if unsure:
        typer.echo("\nLabels that link by a rule that is often wrong (say in `values` what should stand):")
        echo_rows(("column", "label", "links to", "by", "images"), unsure)
    if check.suspicious:
        typer.echo("\nLabels that their captions hardly ever mention (look whether they are a labeller's default):")
        suspects = [
            (each.term.label, f"{each.images:,}", f"{each.share:.0%}", f"{each.usual:.0%}") for each in check.suspicious
        ]
        echo_rows(("label", "images with caption", "mentioned", "usual"), suspects)


def _as_dict(check: "SourceCheck") -> dict[str, object]:
    columns = [vars(each) | {"share": each.share, "unlinked": dict(each.unlinked)} for each in check.columns]
    suspicious = [
        {
            "term": each.term.curie,
            "label": each.term.label,
            "images": each.images,
            "mentioned": each.mentioned,
            "usual": each.usual,
        }
        for each in check.suspicious
    ]
    return vars(check) | {"columns": columns, "suspicious": suspicious}


def _link_as_dict(found: "LabelLink") -> dict[str, object]:
    return {
        "label": found.label,
        "count": found.count,
        "term": found.term.curie if found.term else None,
        "term_label": found.term.label if found.term else None,
        "how": f"suggestion: {found.name}" if found.name else found.how,
        "confidence": found.confidence,
    }
