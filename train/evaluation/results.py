"""What an evaluation found, as plain values for a program, a terminal and a report."""

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.wording import counted
from train.evaluation.intervals import Estimate


@dataclass(frozen=True)
class LevelResult:
    """One level. Images whose labels are all broader than it are not among its `images`."""

    level: int
    images: int
    classes: int  # that occur in the truth
    choices: int  # that the model chooses from
    accuracy: Estimate
    balanced_accuracy: Estimate
    macro_f1: float
    top3_accuracy: float
    prompted_accuracy: Estimate  # with prompts of this level's classes instead of sums over the candidates
    prompted_balanced_accuracy: Estimate
    majority_class: str
    majority_accuracy: float
    majority_balanced_accuracy: float
    gain: Estimate  # accuracy minus the majority's, paired
    calibration_error: float
    reliability: list[list[float]]  # mean confidence, share right, images: bins of equal size

    @property
    def beats_majority(self) -> bool:
        """Whether the whole interval of the gain lies above zero."""
        return self.gain.low > 0


@dataclass(frozen=True)
class HeightResult:
    """Height of the lowest common ancestor of truth and prediction: 0 is right, 4 has only the root in common."""

    mean: Estimate
    of_mistakes: Estimate
    majority: float  # mean of the constant answer
    counts: list[int]  # images by height, 0 to 4
    majority_counts: list[int]


@dataclass(frozen=True)
class MalignancyResult:
    """Malignant against the rest: the summed probability of the candidates whose malignancy is one of `values`."""

    values: list[str]
    positive: int
    negative: int
    undecided: int  # images of groups that hold both, or of undetermined malignancy: left out
    auroc: Estimate


@dataclass(frozen=True)
class ToneResult:
    scale: str
    group: str
    images: int
    few: bool
    accuracy: list[Estimate | None]  # by level, None without an image
    level_images: list[int]
    height: Estimate


@dataclass(frozen=True)
class ConditionResult:
    condition: str
    label: str
    level: int
    images: int
    recall: float
    most_often: str  # the most frequent wrong answer
    most_often_images: int


@dataclass(frozen=True)
class Confusion:
    true: str
    predicted: str
    images: int
    height: float


@dataclass(frozen=True)
class Evaluation:
    """An evaluated run. `predictions` (one row an image) and `metrics` are files that hold it in full."""

    run: Path
    pairs: Path
    predictions: Path
    metrics: Path
    report: Path | None
    ontology: dict[str, str]  # iri, version, sha256
    images: int
    groups: int
    several_conditions: int  # images with more than one most specific condition
    left_out: dict[str, int]  # reason → images
    not_seen_in_training: int  # candidates without a training image
    shared_groups: int  # with the training pairs
    shared_images: int
    candidates: list[str]
    candidates_from: str
    scale: float
    bootstrap: int
    levels: list[LevelResult]
    height: HeightResult
    malignancy: MalignancyResult | None
    tones: list[ToneResult]
    conditions: list[ConditionResult]
    confusions: list[Confusion]
    level1_labels: list[str]
    level1_confusion: list[list[int]]  # rows: truth
    config: dict[str, Any]
    training: dict[str, Any]  # run.json

    def as_dict(self) -> dict[str, Any]:
        """Nested plain values, ready for JSON: paths as strings, NaN as null."""
        return {name: _plain(value) for name, value in dataclasses.asdict(self).items()}

    def as_text(self) -> str:
        """The table of levels and a few lines, for a terminal."""
        header = ("level", "images", "classes", "accuracy (95 %)", "majority", "balanced (95 %)", "majority", "top 3")
        rows = [
            (
                str(r.level),
                f"{r.images:,}",
                str(r.classes),
                str(r.accuracy),
                f"{r.majority_accuracy:.3f}",
                str(r.balanced_accuracy),
                f"{r.majority_balanced_accuracy:.3f}",
                f"{r.top3_accuracy:.3f}",
            )
            for r in self.levels
        ]
        widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
        lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in (header, *rows)]
        left_out = "".join(f"\nleft out: {count:,} × {reason}" for reason, count in self.left_out.items())
        malignant = f"\nmalignant against the rest: AUROC {self.malignancy.auroc}" if self.malignancy else ""
        return (
            f"{counted(self.images, 'image')} of {counted(self.groups, 'group')}, "
            f"{counted(len(self.candidates), 'candidate condition')}; "
            f"{counted(self.shared_groups, 'group')} shared with training\n"
            + "\n".join(lines)
            + f"\nheight of the lowest common ancestor: {self.height.mean}, majority {self.height.majority:.3f}"
            + malignant
            + left_out
            + "\nresearch only, not for clinical use"
        )


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and math.isnan(value):
        return None
    return str(value) if isinstance(value, Path) else value
