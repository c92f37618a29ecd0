"""The account of a build: what came in, what was written, what was rejected and why."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from kg.overlap import Overlap
from kg.wording import counted


@dataclass(frozen=True)
class SourceAccount:
    """One source. Raises ValueError where `rows_in` is not the images written plus the rows rejected."""

    source: str
    rows_in: int
    images: int
    available: int
    pairs: Mapping[str, int]  # by text kind
    facts: int  # pieces of evidence, each counted once for its image
    rejected: Mapping[str, int]  # by reason
    linked: Mapping[str, float]  # share of the statements of a role whose words named a term
    unlinked: int  # statements whose words named none: they are listed in `unlinked.csv`
    passed_over: Mapping[str, int]  # what a caption says that makes no fact, by reason
    notes: tuple[str, ...] = ()
    quarantined: Mapping[str, int] = field(default_factory=dict)  # image files that cannot be used, by reason
    first_rejects: Mapping[str, str] = field(default_factory=dict)  # the first row of each reason, with what is wrong

    def __post_init__(self) -> None:
        rejected = sum(self.rejected.values())
        if self.rows_in != self.images + rejected:
            raise ValueError(
                f"{self.source}: {counted(self.rows_in, 'row')} in, but {counted(self.images, 'image')} and "
                f"{counted(rejected, 'reject')} out"
            )


@dataclass(frozen=True)
class Account:
    """All sources of a build, what the graphs hold, how long each step took, and what the sources share."""

    sources: tuple[SourceAccount, ...]
    nodes: Mapping[str, int] = field(default_factory=dict)  # and relationships, by label and type
    quads: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict)
    overlaps: tuple[Overlap, ...] = ()
    unsure: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # facts of labels by a rule often wrong

    @property
    def rejected(self) -> int:
        return sum(sum(source.rejected.values()) for source in self.sources)

    @property
    def pairs(self) -> int:
        return sum(sum(source.pairs.values()) for source in self.sources)

    def as_dict(self) -> dict[str, Any]:
        """For JSON, with the totals."""
        return {
            "rows_in": sum(source.rows_in for source in self.sources),
            "images": sum(source.images for source in self.sources),
            "pairs": self.pairs,
            "rejected": self.rejected,
            "sources": [asdict(source) for source in self.sources],
            "overlaps": [overlap.as_dict() for overlap in self.overlaps],
            "unsure": {source: dict(rules) for source, rules in self.unsure.items()},
            "nodes_and_relationships": dict(self.nodes),
            "quads": self.quads,
            "seconds": {step: round(seconds, 2) for step, seconds in self.seconds.items()},
        }

    def as_text(self) -> str:
        """For people: a line a source, then totals, rejects by reason, notes, what sources share."""
        kinds = list(dict.fromkeys(kind for source in self.sources for kind in source.pairs))
        header = ["source", "rows in", "images", "with file", *kinds, "rejected", "conditions linked"]
        rows = [
            [
                source.source,
                *(f"{n:,}" for n in (source.rows_in, source.images, source.available)),
                *(f"{source.pairs.get(kind, 0):,}" for kind in kinds),
                f"{sum(source.rejected.values()):,}",
                f"{source.linked['condition']:.1%}" if "condition" in source.linked else "–",
            ]
            for source in self.sources
        ]
        widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
        lines = [
            "  ".join(
                cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
            )
            for row in [header, *rows]
        ]
        lines.append(
            f"{counted(self.pairs, 'pair')}, {counted(self.quads, 'quad')}, {sum(self.seconds.values()):.1f} s"
        )
        for source in self.sources:
            lines += [
                f"{source.source}: rejected {count:,}: {reason}{_first(source.first_rejects.get(reason))}"
                for reason, count in source.rejected.items()
            ]
            lines += [
                f"{source.source}: put aside {counted(n, 'image')}: {why}" for why, n in source.quarantined.items()
            ]
            lines += [
                f"{source.source}: {counted(count, 'fact')} of labels that link by a {rule} only: see unsure.csv"
                for rule, count in self.unsure.get(source.source, {}).items()
            ]
            lines += [f"{source.source}: {note}" for note in source.notes]
        lines += [overlap.as_text() for overlap in self.overlaps]
        return "\n".join(lines)


def _first(reject: str | None) -> str:
    return f" (the first: {reject})" if reject else ""
