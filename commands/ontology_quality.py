"""`derm1m ontology check`, `review-sheet`, `apply-review`: what machines and dermatologists find in the ontology."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.options import OntologyPath, load_ontology, require_extra
from commands.output import echo_rows, fail
from kg.errors import InputError
from kg.wording import counted

if TYPE_CHECKING:
    from kg.quality import Report, Severity

app = typer.Typer(rich_markup_mode=None)


class Grade(StrEnum):
    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"


class FailOn(StrEnum):
    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"
    NONE = "none"


class ReportFormat(StrEnum):
    TABLE = "table"
    JSON = "json"
    SARIF = "sarif"
    HTML = "html"


@app.command("check")
def check_ontology(
    file: Annotated[Path | None, typer.Argument(help="The ontology; the one of the package without it.")] = None,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="Exit with 1 when something is found that is as grave or graver.")
    ] = FailOn.ERROR,
    format: Annotated[ReportFormat, typer.Option(help="How the report is written.")] = ReportFormat.TABLE,
    profile: Annotated[
        Path | None, typer.Option(help="Which checks, and how grave: lines of severity, tab, name (ROBOT's form).")
    ] = None,
    level: Annotated[Grade, typer.Option(help="Leave out of the table what is less grave.")] = Grade.INFO,
    out: Annotated[Path | None, typer.Option(help="Where to write the report instead of the screen.")] = None,
) -> None:
    """Check the ontology: ROBOT's report checks and our own. docs/checks.md explains each."""
    from kg.quality import Severity, as_html, as_json, as_sarif, check

    report = check(file, profile)
    if format is ReportFormat.TABLE and out is None:
        _echo(report, Severity[level])
    else:
        written = {
            ReportFormat.TABLE: lambda: _tab_separated(report, Severity[level]),
            ReportFormat.JSON: lambda: as_json(report),
            ReportFormat.SARIF: lambda: as_sarif(report),
            ReportFormat.HTML: lambda: as_html(report),
        }
        text = written[format]() + "\n"
        out.write_text(text, encoding="utf-8") if out else typer.echo(text, nl=False)
    typer.echo(", ".join(f"{number:,} {grade.name}" for grade, number in report.count().items()), err=True)
    if fail_on is not FailOn.NONE and report.at_least(Severity[fail_on]):
        raise typer.Exit(1)


_HEADER = ("level", "check", "term", "label", "property", "value", "line")


def _rows(report: "Report", least: "Severity") -> list[tuple[object, ...]]:
    return [(v.level.name, v.check, v.entity, v.label, v.property, v.value, v.line) for v in report.at_least(least)]


def _echo(report: "Report", least: "Severity") -> None:
    from kg.quality import anchor

    rows = _rows(report, least)
    if rows:
        echo_rows(_HEADER, [[_shortened(cell) for cell in row] for row in rows])
        typer.echo("")
    fired = {row[1] for row in rows}
    for made in report.checks:
        if made.name in fired:
            typer.echo(f"{made.name}: {made.title} See {anchor(made.name)}")


def _shortened(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    line = cell.replace("\n", "\\n").replace("\t", "\\t")
    return line if len(line) <= 60 else line[:59] + "…"


def _tab_separated(report: "Report", least: "Severity") -> str:
    def cell(value: object) -> str:
        return "" if value is None else str(value).replace("\n", "\\n").replace("\t", "\\t")

    return "\n".join("\t".join(map(cell, row)) for row in [_HEADER, *_rows(report, least)])


@app.command("review-sheet")
def write_review_sheet(
    out: Annotated[Path, typer.Option(help="The Excel file to write (.xlsx).")],
    term: Annotated[str | None, typer.Argument(help="Only this term and all below it.")] = None,
    ontology: OntologyPath = None,
) -> None:
    """Write a sheet in which a dermatologist accepts, changes or rejects terms."""
    require_extra("review", "openpyxl")
    from kg.review import write_sheet

    rows = write_sheet(load_ontology(ontology), out, term)
    typer.echo(f"{out}: {counted(rows, 'term')}")


@app.command("apply-review")
def apply_review_sheets(
    sheets: Annotated[list[Path], typer.Argument(help="Filled-in sheets, one or several a reviewer.")],
    ontology: OntologyPath = None,
    out: Annotated[Path | None, typer.Option(help="Where to write the ontology; over the one read without it.")] = None,
) -> None:
    """Record the decisions of reviewers in the ontology; where two conflict, list them and change nothing."""
    require_extra("review", "openpyxl")
    from kg.owlxml import write
    from kg.rdfio import Document, is_rdfxml, read
    from kg.review import apply_sheets, read_sheet

    terms = load_ontology(ontology)
    if out is None and not is_rdfxml(terms.file):
        raise InputError(f"{terms.file}: only RDF/XML is written over: name another file with --out")
    outcome = apply_sheets(terms, [read_sheet(sheet) for sheet in sheets])
    typer.echo(f"{counted(outcome.opinions, 'decision')} read, {counted(outcome.open, 'row')} left open", err=True)
    if agreement := outcome.agreement:
        kappa = "undefined" if agreement.kappa is None else f"{agreement.kappa:.3f}"
        typer.echo(
            f"Fleiss' kappa {kappa}: {counted(agreement.reviewers, 'reviewer')}, "
            f"{counted(agreement.terms, 'term')} judged by all of them"
        )
    if outcome.conflicts:
        echo_rows(
            ("term", "label", "decision", "by"),
            [(found.term, found.label, status, who) for found in outcome.conflicts for status, who in found.said],
        )
        fail(
            f"nothing was applied: {counted(len(outcome.conflicts), 'term')} judged differently; "
            "agree, correct the sheets, and try again",
            1,
        )
    target = out if out is not None else terms.file
    write(Document(outcome.quads, read(terms.file).prefixes), target)
    typer.echo(f"{target}: {counted(len(outcome.decided), 'term')} decided")
