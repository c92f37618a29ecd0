"""A tree as an icicle plot: a column a level, the height of a term its number of images.

Kruskal and Landwehr, Icicle plots: better displays for hierarchical clustering, The American Statistician 1983.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Generic, TypeVar

Node = TypeVar("Node", bound=Hashable)


@dataclass(frozen=True)
class Bar(Generic[Node]):
    """A node's rectangle; `branch` is the place of its broadest ancestor among the roots."""

    node: Node
    level: int
    branch: int
    x: float
    y: float
    width: float
    height: float


def lay_out(
    roots: Sequence[Node],
    children: Callable[[Node], Sequence[Node]],
    weight: Callable[[Node], float],
    *,
    width: float,
    height: float,
    levels: int,
    least: float = 0.5,
) -> list[Bar[Node]]:
    """A rectangle for each node of at least `least` height, parents before children; heights are as the weights.

    A node begins where its first child does. Where its children weigh more than it does (an image may show two), they
    reach below it, and the next node begins below them: no height is stretched for it.
    """

    @cache
    def room(node: Node, level: int) -> float:
        below = sum(room(child, level + 1) for child in children(node)) if level < levels else 0
        return max(weight(node), below)

    def place(nodes: Sequence[Node], level: int, top: float, scale: float, branch: int | None) -> Iterator[Bar[Node]]:
        ordered = sorted(nodes, key=lambda node: (-weight(node), -room(node, level)))
        for number, node in enumerate(ordered):
            high = weight(node) * scale
            if high >= least:
                of = number if branch is None else branch
                yield Bar(node, level, of, (level - 1) * width / levels, top, width / levels, high)
                if level < levels:
                    yield from place(children(node), level + 1, top, scale, of)
            top += room(node, level) * scale

    whole = sum(room(root, 1) for root in roots)
    return list(place(roots, 1, 0, height / whole, None)) if whole else []
