"""Figures of an evaluation as inline SVG that follow the page's light or dark colours."""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

from train.evaluation.results import HeightResult, LevelResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MODEL, PROMPTED, MAJORITY = "#2f7fd0", "#d9822b", "#8a8f98"
_INK = "#010203"  # replaced by the page's own text colour

_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "derm1m",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#8a8f98",
    "grid.alpha": 0.3,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), _INK),
}


@contextmanager
def _drawing(width: float, height: float) -> Iterator[tuple["Axes", list[str]]]:
    """Axes to draw on, and a list that holds the SVG text afterwards."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    done: list[str] = []
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        figure.patch.set_alpha(0)
        axes = figure.add_subplot()
        axes.patch.set_alpha(0)
        yield axes, done
        buffer = io.StringIO()
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(buffer, metadata={"Date": None, "Creator": None})
    done.append(_inline(buffer.getvalue()))


def _inline(svg: str) -> str:
    body = svg[svg.index("<svg") :].replace(_INK, "currentColor")
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    return re.sub(r'<svg ([^>]*?)width="[\d.]+pt" height="[\d.]+pt"', r'<svg aria-hidden="true" \1', body, count=1)


def draw_levels(levels: Sequence[LevelResult], *, balanced: bool) -> str:
    """Accuracy or balanced accuracy at each level with intervals, in both ways of asking, beside the majority."""
    with _drawing(5.2, 3.2) as (axes, done):
        for place, level in enumerate(levels):
            ours = level.balanced_accuracy if balanced else level.accuracy
            asked = level.prompted_balanced_accuracy if balanced else level.prompted_accuracy
            constant = level.majority_balanced_accuracy if balanced else level.majority_accuracy
            first = place == 0
            axes.bar(place, constant, 0.62, color=MAJORITY, alpha=0.45, label="majority" if first else None)
            for offset, colour, mark, name, estimate in (
                (-0.12, MODEL, "o", "summed over candidates", ours),
                (0.12, PROMPTED, "D", "prompted at the level", asked),
            ):
                error = [[max(0.0, estimate.value - estimate.low)], [max(0.0, estimate.high - estimate.value)]]
                axes.errorbar(
                    place + offset,
                    estimate.value,
                    error,
                    fmt=mark,
                    color=colour,
                    capsize=3,
                    label=name if first else None,
                )
        axes.set_xticks(range(len(levels)), [f"level {r.level}\n{r.classes} classes" for r in levels])
        axes.grid(visible=False, axis="x")
        axes.set_ylim(0, 1)
        axes.set_ylabel("balanced accuracy" if balanced else "accuracy")
        axes.legend(fontsize=8, loc="upper right", ncols=1)
    return done[0]


def draw_heights(height: HeightResult) -> str:
    """Images by height of the lowest common ancestor, the model beside the constant answer."""
    with _drawing(5.2, 3.0) as (axes, done):
        total = max(1, sum(height.counts))
        for offset, counts, colour, name in (
            (-0.2, height.counts, MODEL, "model"),
            (0.2, height.majority_counts, MAJORITY, "majority"),
        ):
            axes.bar(
                [h + offset for h in range(len(counts))], [n / total for n in counts], 0.38, color=colour, label=name
            )
        names = ["0\nright", "1", "2", "3", "4\nonly the root"]
        axes.set_xticks(range(len(height.counts)), names[: len(height.counts)])
        axes.grid(visible=False, axis="x")
        axes.set_xlabel("height of the lowest common ancestor (levels)")
        axes.set_ylabel("share of images")
        axes.legend(fontsize=8)
    return done[0]


def draw_reliability(levels: Sequence[LevelResult]) -> str:
    """Share right against mean confidence, one line a level; the diagonal is perfect calibration."""
    with _drawing(4.2, 3.6) as (axes, done):
        axes.plot([0, 1], [0, 1], color=MAJORITY, linestyle="--", linewidth=1)
        colours = [MODEL, "#3aa37c", PROMPTED, "#b0508f"]
        for level, colour in zip(levels, colours, strict=False):
            if level.reliability:
                x, y = [row[0] for row in level.reliability], [row[1] for row in level.reliability]
                axes.plot(x, y, marker="o", markersize=4, color=colour, label=f"level {level.level}")
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        axes.set_aspect("equal")
        axes.set_xlabel("mean confidence")
        axes.set_ylabel("share right")
        axes.legend(fontsize=8, loc="upper left")
    return done[0]
