"""The statistics as one HTML page that needs nothing else."""

from typing import TYPE_CHECKING

from kg.resources import templates_folder
from kg.statistics.drawing import draw_columns, draw_tail

if TYPE_CHECKING:
    from kg.statistics.statistics import Length, Statistics

_SHOWN = 15


def render_page(statistics: "Statistics") -> str:
    """The page; every text that comes from data is escaped."""
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates_folder()),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(count=_count, share=_share, number=_number)
    known_ages = list(zip(statistics.age_groups, statistics.ages, strict=True))[:-1]
    images = [count.images for count in statistics.levels[3].classes]
    figures = {
        "words": _draw_lengths("Captions by number of words", statistics.words, "words"),
        "tail": draw_tail("Images of each condition, by rank", images, across="conditions by rank", up="images"),
        "ages": draw_columns("Images by age and sex", known_ages, statistics.sexes, across="years", up="images"),
    }
    if statistics.tokens:
        figures["tokens"] = _draw_lengths("Captions by number of tokens", statistics.tokens, "tokens")
    return environment.get_template("statistics.html").render(
        s=statistics,
        figures={name: Markup(svg) for name, svg in figures.items()},  # noqa: S704  drawn here, labels escaped
        shown=_SHOWN,
    )


def _draw_lengths(title: str, length: "Length", unit: str) -> str:
    return draw_columns(title, [(name, [count]) for name, count in length.histogram], across=unit, up="captions")


def _count(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _share(value: float | None, total: float = 1) -> str:
    if value is None or not total:
        return "–"
    return "< 0.1 %" if 0 < value / total < 0.0005 else f"{100 * value / total:.1f} %"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.1f}".removesuffix(".0")
