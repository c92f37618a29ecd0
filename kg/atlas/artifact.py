"""Photographic artifacts over a finished picture, whatever it shows."""

from collections.abc import Callable

import numpy as np

from kg.atlas.skin import Picture, colour
from kg.atlas.texture import blur, grid, smoothstep, strokes, wander

Draw = Callable[[np.random.Generator, Picture], Picture]


def _over(picture: Picture, coverage: np.ndarray, code: str) -> Picture:
    return np.asarray(picture * (1 - coverage) + colour(code) * coverage, np.float32)


def strands(rng: np.random.Generator, picture: Picture) -> Picture:
    """Long hairs across the picture."""
    size = picture.shape[1]
    angle = rng.uniform(0, np.pi)
    paths = [
        wander(rng, (float(x), float(y)), angle + float(turn), float(rng.uniform(0.5, 1.4)), 0.5)
        for (x, y), turn in zip(
            rng.uniform(-0.2, 1.0, (int(rng.integers(5, 14)), 2)), rng.normal(0, 0.4, 14), strict=False
        )
    ]
    code = str(rng.choice(["#15100c", "#2c1e14", "#1d1611", "#4d3824", "#b9b2a8"]))
    return _over(picture, 0.85 * strokes(size, paths, float(rng.uniform(0.006, 0.011))), code)


def ruler(rng: np.random.Generator, picture: Picture) -> Picture:
    """A paper ruler with ticks along one edge."""
    size = picture.shape[1]
    turned = bool(rng.random() < 0.5)
    far = bool(rng.random() < 0.5)
    width, step = float(rng.uniform(0.1, 0.15)), float(rng.uniform(0.03, 0.05))
    x, y = grid(size)
    across = x if turned else y
    across = 1 - across if far else across
    strip = smoothstep(width + 0.006, width - 0.006, across)
    out = _over(picture, strip, "#e8e6dd")
    ticks = []
    for k, at in enumerate(np.arange(-step, 1 + step, step) + rng.uniform(0, step)):
        deep = width - (0.06 if k % 5 == 0 else 0.03)
        ends = np.array([[at, width], [at, deep]])
        ends[:, 1] = 1 - ends[:, 1] if far else ends[:, 1]
        ticks.append(ends[:, ::-1] if turned else ends)
    return _over(out, 0.9 * strokes(size, ticks, 0.009), "#191919")


def ink(rng: np.random.Generator, picture: Picture) -> Picture:
    """A skin marker's ring, arrow or dashes."""
    size = picture.shape[1]
    code = str(rng.choice(["#3b1f72", "#23307d", "#4a1b63", "#101318"]))
    kind = rng.choice(["ring", "dashes", "arrow"])
    cx, cy = rng.uniform(0.42, 0.58, 2)
    radius = rng.uniform(0.36, 0.44)
    if kind == "ring":
        angle = np.linspace(0, 2 * np.pi * rng.uniform(0.75, 1), 40) + rng.uniform(0, 6)
        wobble = radius * (1 + 0.04 * np.sin(3 * angle))
        paths = [np.stack([cx + wobble * np.cos(angle), cy + wobble * np.sin(angle)], 1)]
    elif kind == "dashes":
        turns = rng.uniform(0, 2 * np.pi) + np.linspace(0, 2 * np.pi, 5)[:4]
        paths = [np.array([[cx + r * np.cos(t), cy + r * np.sin(t)] for r in (radius, radius + 0.1)]) for t in turns]
    else:
        t = rng.uniform(0, 2 * np.pi)
        tip, tail = (np.array([cx + r * np.cos(t), cy + r * np.sin(t)]) for r in (radius - 0.06, radius + 0.14))
        barbs = [tip + 0.07 * np.array([np.cos(t + d), np.sin(t + d)]) for d in (-0.5, 0.5)]
        paths = [np.array([tail, tip]), np.array([barbs[0], tip, barbs[1]])]
    return _over(picture, 0.75 * blur(strokes(size, paths, float(rng.uniform(0.014, 0.024))), 0.003), code)


def bubbles(rng: np.random.Generator, picture: Picture) -> Picture:
    """Bubbles in a film of gel: dark rings with a bright spot."""
    size = picture.shape[1]
    x, y = grid(size)
    out = picture
    for _ in range(int(rng.integers(4, 12))):
        cx, cy = rng.uniform(0, 1, 2)
        radius = rng.uniform(0.015, 0.06)
        away = (np.hypot(x - cx, y - cy) / radius).astype(np.float32)
        ring = np.exp(-(((away - 0.92) / 0.14) ** 2))
        spot = np.exp(-((np.hypot(x - cx + 0.4 * radius, y - cy + 0.4 * radius) / (0.28 * radius)) ** 2))
        out = out * (1 - 0.4 * ring) + 0.14 * smoothstep(1.0, 0.8, away) + 0.8 * spot
    return np.asarray(out, np.float32)


def corners(rng: np.random.Generator, picture: Picture) -> Picture:
    """The round field of the optics: corners go black."""
    x, y = grid(picture.shape[1])
    radius = rng.uniform(0.5, 0.62)
    away = np.hypot(x - rng.normal(0.5, 0.015), y - rng.normal(0.5, 0.015)).astype(np.float32)
    return np.asarray(picture * (0.01 + 0.99 * smoothstep(radius + 0.05, radius - 0.03, away)), np.float32)


def glare(rng: np.random.Generator, picture: Picture) -> Picture:
    """The mirrored flash."""
    x, y = grid(picture.shape[1])
    cx, cy = rng.uniform(0.15, 0.85, 2)
    spread = rng.uniform(0.05, 0.12)
    away = np.hypot(x - cx, y - cy)
    return np.asarray(picture + 0.9 * np.exp(-((away / spread) ** 2)), np.float32)


def defocus(rng: np.random.Generator, picture: Picture) -> Picture:
    """The whole picture out of focus."""
    radius = float(rng.uniform(0.009, 0.016))
    return np.stack([blur(plane, radius) for plane in picture])


ARTIFACTS: dict[str, Draw] = {draw.__name__: draw for draw in (strands, ruler, ink, bubbles, corners, glare, defocus)}
