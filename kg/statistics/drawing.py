"""Small charts as SVG text, coloured by the style of the page that they stand in."""

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

_WIDTH, _HEIGHT = 560, 240
_LEFT, _BOTTOM, _TOP = 46, 36, 22
_LEGEND = 110
_PLOT = _HEIGHT - _BOTTOM - _TOP


def draw_columns(
    title: str, bins: Sequence[tuple[str, Sequence[int]]], series: Sequence[str] = ("",), *, across: str, up: str
) -> str:
    """Columns, one a bin, each stacked of as many parts as there are series; with a legend where there are several.

    `across` and `up` say what the axes measure. Bins should be of one width: columns of unlike bins mislead.
    """
    totals = [sum(parts) for _, parts in bins]
    top = _round_up(max(totals, default=0))
    step = (_WIDTH - _LEFT) / max(1, len(bins))
    parts = [_grid(top), _axes(across, up)]
    for place, (label, values) in enumerate(bins):
        x, base = _LEFT + place * step, float(_HEIGHT - _BOTTOM)
        for number, value in enumerate(values):
            height = _PLOT * value / top
            base -= height
            said = f"{label}{f', {series[number]}' if series[number] else ''}: {value:,}"
            parts.append(
                f'<rect class="s{number}" x="{x + step * 0.1:.1f}" y="{base:.1f}" width="{step * 0.8:.1f}" '
                f'height="{height:.1f}"><title>{escape(said)}</title></rect>'
            )
        parts.append(_text(x + step / 2, _HEIGHT - _BOTTOM + 15, label, minor=place % 2 == 1))
    if len(series) > 1:
        parts += [
            f'<rect class="s{number}" x="{_LEGEND + 110 * number}" y="0" width="10" height="10"/>'
            + _text(_LEGEND + 14 + 110 * number, 9, name, "start")
            for number, name in enumerate(series)
        ]
    return _svg(title, parts)


def draw_tail(title: str, values: Sequence[int], *, across: str, up: str) -> str:
    """Values by rank on two logarithmic axes, the largest first; `across` and `up` say what the axes measure."""
    ranked = sorted((value for value in values if value > 0), reverse=True)
    if not ranked:
        return _svg(title, [_text(_WIDTH / 2, _HEIGHT / 2, "none")])
    wide, high = max(1.0, math.log10(len(ranked))), max(1.0, math.ceil(math.log10(ranked[0])))

    def at(rank: int, value: int) -> str:
        x = _LEFT + (_WIDTH - _LEFT - 10) * math.log10(rank) / wide
        return f"{x:.1f},{_HEIGHT - _BOTTOM - _PLOT * math.log10(value) / high:.1f}"

    parts = [_axes(across, up)]
    for power in range(int(high) + 1):
        y = _HEIGHT - _BOTTOM - _PLOT * power / high
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(_text(_LEFT - 6, y + 4, f"{10**power:,}", "end"))
    for power in range(int(wide) + 1):
        x = _LEFT + (_WIDTH - _LEFT - 10) * power / wide
        parts.append(_text(x, _HEIGHT - _BOTTOM + 15, f"{10**power:,}"))
    points = " ".join(at(rank, value) for rank, value in enumerate(ranked, start=1))
    parts.append(f'<polyline points="{points}"/>')
    return _svg(title, parts)


def _grid(top: int) -> str:
    lines = []
    for quarter in range(5):
        y = _HEIGHT - _BOTTOM - _PLOT * quarter / 4
        lines.append(f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        lines.append(_text(_LEFT - 6, y + 4, _short(top * quarter / 4), "end"))
    return "".join(lines)


def _axes(across: str, up: str) -> str:
    return _text((_LEFT + _WIDTH) / 2, _HEIGHT - 3, across) + _text(0, 9, up, "start")


def _text(x: float, y: float, text: str, anchor: str = "middle", *, minor: bool = False) -> str:
    """`minor` may be left out where there is little room."""
    kind = ' class="minor"' if minor else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{escape(text)}</text>'


def _svg(title: str, parts: Sequence[str]) -> str:
    name = escape(title, {'"': "&quot;"})
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{name}">{"".join(parts)}</svg>'


def _round_up(value: int) -> int:
    """The next number of one leading digit and zeros, or half of it, that divides by four; at least 4."""
    if value <= 4:
        return 4
    power = 10 ** (len(str(value)) - 1)
    return next(int(step * power) for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10) if step * power >= value)


def _short(value: float) -> str:
    for unit, name in ((1_000_000, "M"), (1_000, "k")):
        if value >= unit:
            return f"{value / unit:g} {name}"
    return f"{value:g}"
