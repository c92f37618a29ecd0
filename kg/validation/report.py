"""What validation found: a row for each value that is not as a shape asks."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from kg.wording import counted

_TEXT = pa.string()

FINDINGS = pa.schema(
    [
        pa.field("severity", _TEXT, nullable=False),  # Violation or Warning
        pa.field("file", _TEXT, nullable=False),
        pa.field("row", pa.int64()),  # from 1, null where it is not a matter of one row
        pa.field("column", _TEXT, nullable=False),
        pa.field("focus", _TEXT),  # id of the pair, image or source
        pa.field("value", _TEXT),
        pa.field("constraint", _TEXT, nullable=False),  # of `kg.validation.shapes.CONSTRAINTS`
        pa.field("path", _TEXT, nullable=False),  # IRIs of the property, separated by spaces
        pa.field("message", _TEXT, nullable=False),
    ]
)

SHOWN = ("severity", "file", "row", "column", "value", "message")


@dataclass(frozen=True)
class Report:
    """The findings of a validation, and how much was looked at."""

    findings: pa.Table  # FINDINGS
    checked: dict[str, int] = field(default_factory=dict)  # rows by table, or triples
    sampled: int | None = None  # images that a SHACL engine looked at; None for none
    disagreements: tuple[str, ...] = ()  # what only one of both ways found on the sample

    @property
    def conforms(self) -> bool:
        """Whether no finding is a violation; warnings do not count."""
        return "Violation" not in self.findings["severity"].to_pylist() and not self.disagreements

    def as_dict(self, limit: int | None = None) -> dict[str, Any]:
        """Plain values, with at most `limit` findings."""
        return {
            "conforms": self.conforms,
            "checked": self.checked,
            "sampled_by_shacl": self.sampled,
            "disagreements": list(self.disagreements),
            "counts": [{"message": said, "findings": count} for said, count in self._counts()],
            "findings": self.findings.slice(0, limit).to_pylist(),
        }

    def rows(self, limit: int) -> list[tuple[str, ...]]:
        """The first findings as text in the columns `SHOWN`, at most `limit` for each message."""
        shown: Counter[str] = Counter()
        rows = []
        for finding in self.findings.select(SHOWN).to_pylist():
            shown[finding["message"]] += 1
            if shown[finding["message"]] <= limit:
                rows.append(tuple(_cell(finding[name]) for name in SHOWN))
        return rows

    def summary(self) -> str:
        """One line on what was looked at, and one for each kind of finding."""
        checked = ", ".join(counted(count, name.removesuffix("s")) for name, count in self.checked.items())
        sampled = "" if self.sampled is None else f"; {counted(self.sampled, 'image')} by SHACL too"
        lines = [f"checked {checked}{sampled}"]
        lines += [f"{count:,} × {said}" for said, count in self._counts()]
        lines += [f"only one of the two ways of checking found: {said}" for said in self.disagreements]
        lines.append("conforms to the shapes" if self.conforms else "does not conform to the shapes")
        return "\n".join(lines)

    def _counts(self) -> Sequence[tuple[str, int]]:
        return Counter(self.findings["message"].to_pylist()).most_common()


def _cell(value: object) -> str:
    text = "" if value is None else " ".join(str(value).split())
    return f"{text[:60]}…" if len(text) > 60 else text
