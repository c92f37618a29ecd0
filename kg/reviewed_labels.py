"""Labels that a person has read and tied to terms: a table that overrides what names alone would link to."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kg.errors import InputError
from kg.formulas import restore
from kg.language.folding import fold

COLUMNS = ("label", "term", "kind")
NO_TERM = "-"
"""In place of a term: the label names none. An empty cell has not been decided."""


@dataclass(frozen=True)
class ReviewedLabels:
    """Labels and the names or CURIEs of their terms, `""` for a label that names no term; by kind, `""` for any."""

    file: Path
    terms: Mapping[str, Mapping[str, str]]

    def of(self, kind: str) -> dict[str, str]:
        """What holds for labels of this kind: what was said of the kind itself before what was said of any."""
        return {**self.terms.get("", {}), **self.terms.get(kind, {})}


def read_reviewed_labels(path: Path) -> ReviewedLabels:
    """The reviewed labels of a TSV file with the columns `label`, `term` and, if need be, `kind`; others are ignored.

    `term` is a label, synonym or CURIE of the ontology, or `-` where the label names none; a row without one decides
    nothing. Raises InputError where the file cannot be read, a column is missing, or a label of one kind has two terms.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, delimiter="\t")
            header = rows.fieldnames or []
            if missing := [name for name in COLUMNS[:2] if name not in header]:
                raise InputError(
                    f"{path}: column {missing[0]!r} is missing, the columns are {', '.join(header) or 'none'}; "
                    f"write a header line of {', '.join(COLUMNS)}, separated by tabs"
                )
            terms: dict[str, dict[str, str]] = {}
            seen: dict[tuple[str, str], tuple[str, int]] = {}
            for row in rows:
                label, term, kind = (restore((row.get(name) or "").strip()) for name in COLUMNS)
                if not label or not term:
                    continue
                before, line = seen.setdefault((kind, fold(label).text), (term, rows.line_num))
                if before != term:
                    raise InputError(f"{path}, line {rows.line_num}: {label!r} has another term in line {line}")
                terms.setdefault(kind, {})[label] = "" if term == NO_TERM else term
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: not a tab-separated UTF-8 table: {error}") from error
    return ReviewedLabels(path, terms)
