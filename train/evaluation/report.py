"""The report of an evaluation: one HTML file that needs nothing else."""

import math
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from train.evaluation.figures import draw_heights, draw_levels, draw_reliability
from train.evaluation.intervals import Estimate
from train.evaluation.results import Evaluation
from train.evaluation.subgroups import FEW


def write_report(evaluation: Evaluation, path: Path) -> None:
    """Write the report; text that comes from data is escaped. Raises `OSError` when the file cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_report(evaluation), encoding="utf-8")


def render_report(evaluation: Evaluation) -> str:
    """The report as HTML text."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(share=_share, interval=_interval, count=_count)
    figures = {
        "accuracy": draw_levels(evaluation.levels, balanced=False),
        "balanced": draw_levels(evaluation.levels, balanced=True),
        "heights": draw_heights(evaluation.height),
        "reliability": draw_reliability(evaluation.levels),
    }
    return environment.get_template("report.html.j2").render(e=evaluation, figures=figures, few=FEW)


def _share(value: float) -> str:
    return "–" if math.isnan(value) else f"{100 * value:.1f} %"


def _interval(estimate: Estimate | None, *, share: bool = True, sign: bool = False) -> str:
    if estimate is None or math.isnan(estimate.value):
        return "–"
    plus = "+" if sign else ""
    factor, digits = (100, 1) if share else (1, 2)
    value = f"{factor * estimate.value:{plus}.{digits}f}" + (" %" if share else "")
    if math.isnan(estimate.low):
        return value
    return f"{value} ({factor * estimate.low:{plus}.{digits}f} to {factor * estimate.high:{plus}.{digits}f})"


def _count(value: int) -> str:
    return f"{value:,}"
