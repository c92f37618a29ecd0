"""Where the single lesions of a picture lie: points in the unit disc for each arrangement."""

from collections.abc import Callable

import numpy as np

from kg.atlas.texture import Points

Place = Callable[[np.random.Generator, int], Points]


def scattered(rng: np.random.Generator, number: int) -> Points:
    """Apart from each other: the best of several candidates, one after the other (Mitchell, SIGGRAPH 1991)."""
    chosen = _disc(rng, 1) * (0.25 if number == 1 else 0.7)
    for _ in range(number - 1):
        candidates = _disc(rng, 8)
        gaps = np.hypot(*(candidates[:, None] - chosen[None]).transpose(2, 0, 1)).min(1)
        chosen = np.vstack([chosen, candidates[gaps.argmax()]])
    return chosen


def clustered(rng: np.random.Generator, number: int) -> Points:
    """Close together about one or two centres."""
    centres = _disc(rng, 2) * 0.5
    return centres[rng.integers(0, 2, number)] + rng.normal(0, 0.2, (number, 2))


def merging(rng: np.random.Generator, number: int) -> Points:
    """So close that neighbours run into each other."""
    return rng.normal(0, 0.28, (number, 2))


def in_line(rng: np.random.Generator, number: int) -> Points:
    """Along a slightly bent line."""
    along = np.linspace(-0.95, 0.95, number) + rng.normal(0, 0.03, number)
    across = rng.normal(0, 0.2) * (along**2 - 0.3) + rng.normal(0, 0.04, number)
    return _turned(rng, np.stack([along, across], 1))


def along_band(rng: np.random.Generator, number: int) -> Points:
    """In a few clusters along a band, as within a dermatome."""
    stops = np.linspace(-0.85, 0.85, int(rng.integers(3, 5)))
    chosen = rng.integers(0, len(stops), number)
    points = np.stack([stops[chosen], 0.12 * np.sin(3 * stops[chosen])], 1) + rng.normal(0, (0.15, 0.11), (number, 2))
    return _turned(rng, points)


def along_whorl(rng: np.random.Generator, number: int) -> Points:
    """Along two wavy streaks."""
    along = rng.uniform(-1, 1, number)
    across = (
        0.22 * np.sin(3 * along + rng.uniform(0, 6)) + rng.choice([-0.25, 0.25], number) + rng.normal(0, 0.04, number)
    )
    return _turned(rng, np.stack([along, across], 1))


def on_ring(rng: np.random.Generator, number: int) -> Points:
    """On a circle."""
    angle = np.linspace(0, 2 * np.pi, number, endpoint=False) + rng.normal(0, 0.12, number)
    radius = rng.uniform(0.5, 0.72) + rng.normal(0, 0.03, number)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)


def on_arc(rng: np.random.Generator, number: int) -> Points:
    """On two open arcs."""
    angle = rng.uniform(0.2, 3.9, number)
    side = rng.choice([-1, 1], number)
    points = np.stack([0.5 * np.cos(angle) * side + 0.35 * side, 0.5 * np.sin(angle) - 0.1], 1)
    return _turned(rng, points + rng.normal(0, 0.03, (number, 2)))


def on_lattice(rng: np.random.Generator, number: int) -> Points:
    """On a regular lattice, as follicles are."""
    side = int(np.ceil(np.sqrt(1.4 * number)))
    axis = np.linspace(-0.95, 0.95, side)
    x, y = np.meshgrid(axis, axis)
    x = x + (np.arange(side)[:, None] % 2) / side
    points = np.stack([x.ravel(), y.ravel()], 1) + rng.normal(0, 0.14 / side, (side * side, 2))
    order = np.argsort(np.hypot(*points.T))[:number]
    return _turned(rng, points[order])


def _disc(rng: np.random.Generator, number: int) -> Points:
    angle, radius = rng.uniform(0, 2 * np.pi, number), np.sqrt(rng.random(number))
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)


def _turned(rng: np.random.Generator, points: Points) -> Points:
    angle = rng.uniform(0, np.pi)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.asarray(points @ turn)


LAYOUTS: dict[str, Place] = {
    place.__name__: place
    for place in (
        scattered,
        clustered,
        merging,
        in_line,
        along_band,
        along_whorl,
        on_ring,
        on_arc,
        on_lattice,
    )
}
