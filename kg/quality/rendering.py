"""A report as JSON, as SARIF 2.1.0 (OASIS), which code hosts and editors show beside the lines, and as an HTML page."""

import json
from pathlib import Path
from typing import Any

from kg.quality.profile import Severity
from kg.quality.report import Report, Violation

_SARIF_LEVELS = {Severity.ERROR: "error", Severity.WARN: "warning", Severity.INFO: "note"}


def anchor(check: str) -> str:
    """Where the documentation explains a check: its problem, an example and how to mend it."""
    return f"docs/checks.md#{check}"


def as_json(report: Report) -> str:
    """The file, the number of violations of each severity, and the violations themselves."""
    record = {
        "file": report.file.as_posix(),
        "count": {level.name: number for level, number in report.count().items()},
        "violations": [row | {"explained": anchor(row["check"])} for row in report.table().to_pylist()],
    }
    return json.dumps(record, ensure_ascii=False, indent=2)


def as_sarif(report: Report) -> str:
    """A SARIF log of one run: the checks as rules, the violations as results with file and line."""
    places = {made.name: place for place, made in enumerate(report.checks)}
    rules = [
        {
            "id": made.name,
            "shortDescription": {"text": made.title},
            "help": {"text": f"See {anchor(made.name)}"},
            "defaultConfiguration": {"level": _SARIF_LEVELS[made.severity]},
        }
        for made in report.checks
    ]
    results = [
        {
            "ruleId": found.check,
            "ruleIndex": places[found.check],
            "level": _SARIF_LEVELS[found.level],
            "message": {"text": _message(found, report.checks[places[found.check]].title)},
            "locations": [{"physicalLocation": _location(report.file, found)}],
        }
        for found in report.violations
    ]
    driver = {"name": "derm1m", "rules": rules}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
    return json.dumps(log, ensure_ascii=False, indent=2)


def as_html(report: Report) -> str:
    """One self-contained page: the counts, then a table for each check that found something."""
    from jinja2 import Environment

    template = (Path(__file__).parent / "report.html.j2").read_text(encoding="utf-8")
    by_check = [(made, [found for found in report.violations if found.check == made.name]) for made in report.checks]
    return (
        Environment(autoescape=True)
        .from_string(template)
        .render(
            file=report.file.name,
            count=report.count(),
            found=[(made, violations) for made, violations in by_check if violations],
            silent=[made for made, violations in by_check if not violations],
            anchor=anchor,
        )
    )


def _message(found: Violation, title: str) -> str:
    who = f"{found.entity} ({found.label})" if found.label else found.entity
    said = ": ".join(text for text in (found.property, found.value) if text)
    return f"{title} {who}" + (f", {said}" if said else "")


def _location(file: Path, found: Violation) -> dict[str, Any]:
    uri = file.as_posix() if not file.is_absolute() else file.as_uri()
    region = {} if found.line is None else {"region": {"startLine": found.line}}
    return {"artifactLocation": {"uri": uri}, **region}
