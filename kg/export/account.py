"""The account of an export: what became of the selected pairs."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from kg.export.composition import Composition
from kg.splits import SPLITS
from kg.wording import counted


@dataclass(frozen=True)
class ExportAccount:
    """What became of the selected pairs: `selected = written + sum(left_out.values())`."""

    path: Path
    format: str
    selected: int
    composition: Composition  # of what was written
    left_out: dict[str, int] = field(default_factory=dict)  # by reason
    separator: str | None = None  # of delimited text
    shortened: dict[str, Any] = field(default_factory=dict)  # tokenizer, max_tokens, rows cut
    escaped: int = 0  # cells that a spreadsheet would have run
    companions: tuple[Path, ...] = ()  # data card and Croissant description
    joined: tuple[str, ...] = ()  # what two sources share, so that splits do not divide it
    warnings: tuple[str, ...] = ()

    @property
    def written(self) -> int:
        return self.composition.pairs

    @property
    def without_image(self) -> int:
        """Pairs that were written with an empty filepath."""
        return self.composition.missing["image file"]

    @property
    def splits(self) -> dict[str, int]:
        """Written pairs by split."""
        return {split: self.composition.splits.pairs[split] for split in SPLITS if self.composition.splits.pairs[split]}

    def as_dict(self) -> dict[str, Any]:
        """The account as plain values."""
        return {
            **asdict(self),
            "path": str(self.path),
            "written": self.written,
            "without_image": self.without_image,
            "splits": self.splits,
            "composition": self.composition.as_dict(),
            "companions": [str(path) for path in self.companions],
        }

    def as_text(self) -> str:
        """The account in a few lines."""
        lines = [f"{self.path}: {self.written:,} of {counted(self.selected, 'selected pair')} written ({self.format})"]
        lines += [f"  {count:,} in {split}" for split, count in self.splits.items()]
        if len(self.splits) > 1:
            lines.append(f"  {self._say_splits_by_condition()}")
        lines += [f"  {count:,} left out: {reason}" for reason, count in self.left_out.items()]
        if self.without_image:
            lines.append(f"  {self.without_image:,} without an image file, filepath empty")
        if self.shortened:
            lines.append(f"  {self._say_shortened()}")
        if self.escaped:
            lines.append(f"  {counted(self.escaped, 'cell')} escaped that a spreadsheet would run")
        return "\n".join(lines)

    def _say_splits_by_condition(self) -> str:
        by_condition = self.composition.splits_by_condition.values()
        lacking = {split: sum(not images[split] for images in by_condition) for split in self.splits}
        said = ", ".join(f"{count:,} have no image in {split}" for split, count in lacking.items())
        return f"of {counted(len(by_condition), 'condition')} {said}; the card has the shares"

    def _say_shortened(self) -> str:
        said = self.shortened
        return (
            f"{counted(said['cut'], 'text')} shortened to {counted(said['max_tokens'], 'token')} "
            f"of {said['tokenizer']}, "
            f"{said['within_a_sentence']:,} of them within a sentence, {said['within_a_word']:,} of these within a word"
        )
