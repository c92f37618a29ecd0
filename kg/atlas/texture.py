"""Fields over a square picture: coordinates, noise, cells, strokes. Everything is float32 of shape (size, size)."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Field = NDArray[np.float32]
Points = NDArray[np.float64]

_OVERSAMPLING = 2


@lru_cache(maxsize=8)
def grid(size: int) -> tuple[Field, Field]:
    """x (rightwards) and y (downwards) of each pixel's centre, 0 to 1 over the picture's side."""
    axis = (np.arange(size, dtype=np.float32) + 0.5) / size
    x, y = (plane.astype(np.float32) for plane in np.meshgrid(axis, axis))
    x.flags.writeable = y.flags.writeable = False
    return x, y


def smoothstep(low: float, high: float, field: Field) -> Field:
    """0 below `low`, 1 above `high`, a cubic between them; `low` may be the greater one."""
    t = np.clip((field - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def noise(rng: np.random.Generator, size: int, scale: float, octaves: int = 1) -> Field:
    """Smooth noise of about unit deviation whose features are `scale` of the picture wide.

    Sums bicubically enlarged white noise, each octave at half the width and half the strength.
    """
    total = np.zeros((size, size), np.float32)
    power = 0.0
    for octave in range(octaves):
        cells = int(np.clip(round(2**octave / scale), 1, size)) + 3
        coarse = rng.standard_normal((cells, cells)).astype(np.float32)
        step = scale / 2**octave
        left, top = rng.uniform(1, 2, 2)
        span = min(1 / step, cells - 3)
        box = (float(left), float(top), float(left + span), float(top + span))
        fine = Image.fromarray(coarse).resize((size, size), Image.Resampling.BICUBIC, box=box)
        total += np.asarray(fine, np.float32) * 0.5**octave
        power += 0.25**octave
    return np.asarray(total / (0.75 * power**0.5), np.float32)


def grain(rng: np.random.Generator, size: int) -> Field:
    """White noise of unit deviation."""
    return rng.standard_normal((size, size), dtype=np.float32)


def cells(rng: np.random.Generator, size: int, scale: float, jitter: float = 0.8) -> tuple[Field, Field, Field]:
    """Distance to the nearest and to the second nearest seed (in cell widths), and a value 0 to 1 of each cell.

    Seeds are a jittered lattice with cells `scale` of the picture wide (Worley, SIGGRAPH 1996). The difference
    of the two distances vanishes along a net of cell borders.
    """
    x, y = grid(size)
    n = int(np.ceil(1 / scale)) + 4
    shift_x, shift_y = rng.uniform(1, 2, 2).astype(np.float32)
    lattice = np.arange(n, dtype=np.float32)
    seeds = 0.5 + jitter * rng.uniform(-0.5, 0.5, (2, n, n))
    place_x = np.asarray(lattice[None, :] + seeds[0], np.float32)
    place_y = np.asarray(lattice[:, None] + seeds[1], np.float32)
    value = rng.random((n, n), dtype=np.float32)
    u, v = (x / scale + shift_x).astype(np.float32), (y / scale + shift_y).astype(np.float32)
    here = v.astype(np.int32) * n + u.astype(np.int32)
    first = np.full((size, size), 81, np.float32)
    second = first.copy()
    chosen = np.zeros((size, size), np.int32)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            flat = here + (down * n + right)
            distance = (place_x.take(flat) - u) ** 2 + (place_y.take(flat) - v) ** 2
            nearer = distance < first
            second = np.minimum(second, np.maximum(first, distance))
            np.minimum(first, distance, out=first)
            np.copyto(chosen, flat, where=nearer)
    return np.sqrt(first), np.sqrt(second), np.asarray(value.take(chosen), np.float32)


def net(rng: np.random.Generator, size: int, scale: float, width: float = 0.12, jitter: float = 0.8) -> Field:
    """A mesh of lines, 1 on the lines; `scale` is a hole's width and `width` the lines' share of it."""
    first, second, _ = cells(rng, size, scale, jitter)
    return smoothstep(2 * width, 0.5 * width, second - first)


def strokes(size: int, lines: Sequence[Points], width: float) -> Field:
    """Coverage 0 to 1 of polylines; points are (n, 2) of x and y in shares of the side, as is the width."""
    fine = size * _OVERSAMPLING
    canvas = Image.new("L", (fine, fine))
    pen = ImageDraw.Draw(canvas)
    pixels = max(1, round(width * fine))
    for line in lines:
        pen.line((line * fine).ravel().tolist(), fill=255, width=pixels, joint="curve")
    return np.asarray(canvas.resize((size, size), Image.Resampling.BOX), np.float32) / np.float32(255)


def wander(
    rng: np.random.Generator, start: tuple[float, float], angle: float, length: float, bend: float = 0.3
) -> Points:
    """A smooth wandering line of shape (13, 2) from `start`; `bend` is its turn's deviation in radians."""
    line: Points = wander_all(rng, np.array([start]), np.array([angle]), np.array([length]), bend=bend, steps=12)[0]
    return line


def wander_all(
    rng: np.random.Generator, starts: Points, angles: Points, lengths: Points, *, bend: float, steps: int
) -> Points:
    """Wandering lines of shape (n, steps + 1, 2) from n starts at n angles."""
    number = len(starts)
    turns = np.cumsum(rng.normal(0, bend / 4, (number, steps)), 1) + angles[:, None]
    turns += np.linspace(0, 1, steps) * rng.normal(0, bend, (number, 1))
    moves = np.stack([np.cos(turns), np.sin(turns)], 2) * (lengths / steps)[:, None, None]
    return np.concatenate([starts[:, None], starts[:, None] + np.cumsum(moves, 1)], 1)


def blur(field: Field, radius: float) -> Field:
    """The field under a Gaussian of that deviation (share of the side); edges are mirrored.

    Wide ones are computed on a coarser grid. No matrix products: their threads would fight over the cores.
    """
    size = field.shape[0]
    coarse = size // max(1, int(radius * size / 1.5))
    deviation = max(radius * coarse, 0.2)
    reach = int(np.ceil(2.5 * deviation))
    taps = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    taps = (taps / taps.sum()).astype(np.float32)
    soft = np.pad(_resized(field, coarse, Image.Resampling.BOX), reach, mode="symmetric")
    soft = np.add.reduce([tap * soft[at : at + coarse] for at, tap in enumerate(taps)])
    soft = np.add.reduce([tap * soft[:, at : at + coarse] for at, tap in enumerate(taps)])
    return _resized(soft, size, Image.Resampling.BICUBIC)


def _resized(field: Field, size: int, how: Image.Resampling) -> Field:
    if field.shape[0] == size:
        return field
    return np.asarray(Image.fromarray(field).resize((size, size), how), np.float32)
