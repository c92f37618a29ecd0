"""Marks that findings leave on a lesion: scale, crust, vessels, nets, dots. Their parameters are data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kg.atlas.skin import Layers
from kg.atlas.texture import Field, Points, blur, cells, grid, net, noise, smoothstep, strokes, wander

Parameters = Mapping[str, Any]


@dataclass
class Ground:
    """The lesion that a mark is drawn on."""

    rng: np.random.Generator
    layers: Layers
    room: Field  # where there is skin (or nail) for it
    cover: Field  # 0 to 1, the lesions themselves
    nearness: Field  # 0 at a lesion's centre, 1 at its edge
    centres: Points
    radii: Points
    reach: float  # radius of the lesion's room

    @property
    def size(self) -> int:
        return self.layers.size

    @property
    def centre(self) -> tuple[float, float]:
        x, y = self.centres.mean(0)
        return float(x), float(y)


Draw = Callable[[Ground, Parameters], None]


def stain(layers: Layers, coverage: Field, pigment: Parameters) -> None:
    """Add a pigment (amounts by layer, or opaque `paint` of some `opacity`) where the coverage is."""
    for name, amount in pigment.items():
        if name == "paint":
            layers.lay(coverage * pigment.get("opacity", 1.0), amount)
        elif name == "pale":
            layers.pale = np.maximum(layers.pale, coverage * np.float32(amount))
        elif name != "opacity":
            setattr(layers, name, getattr(layers, name) + coverage * np.float32(amount))


def _within(ground: Ground, mark: Parameters) -> Field:
    """Where a mark may be: the lesion, its rim, its surroundings, its centre, or all the skin."""
    where = mark.get("where", "lesion")
    if where == "lesion":
        return ground.cover
    if where == "rim":
        return _ring(ground, mark)
    if where == "around":
        return smoothstep(mark.get("to", 1.6), 1.0, ground.nearness) * (1 - ground.cover) * ground.room
    if where == "centre":
        return smoothstep(mark.get("to", 0.5), 0.5 * mark.get("to", 0.5), ground.nearness) * ground.room
    return ground.room


def _ring(ground: Ground, mark: Parameters) -> Field:
    """Strongest at a share of each lesion's radius, a Gaussian in that share."""
    away = (ground.nearness - mark.get("at", 0.95)) / mark.get("width", 0.12)
    return np.asarray(np.exp(-(away**2)) * ground.room, np.float32)


def wash(ground: Ground, mark: Parameters) -> None:
    """An even stain."""
    stain(ground.layers, _within(ground, mark), mark["pigment"])


def flakes(ground: Ground, mark: Parameters) -> None:
    """Loose flakes: patches of noise above a threshold."""
    rough = noise(ground.rng, ground.size, mark["scale"], 2) + 0.5 * noise(ground.rng, ground.size, 0.3 * mark["scale"])
    threshold = 1.2 - 2.2 * mark["amount"] + ground.rng.normal(0, 0.1)
    grit = 0.75 + 0.25 * np.clip(noise(ground.rng, ground.size, 0.02), -1, 1)
    loose = smoothstep(threshold, threshold + 0.8, rough) * grit
    stain(ground.layers, _within(ground, mark) * loose.astype(np.float32), mark["pigment"])


def plates(ground: Ground, mark: Parameters) -> None:
    """Polygonal plates parted by clefts; the pigment lies on the plates, `cleft` between them."""
    first, second, value = cells(ground.rng, ground.size, mark["scale"], mark.get("jitter", 0.8))
    place = _within(ground, mark)
    gap = second - first
    stain(ground.layers, place * smoothstep(0.05, 0.3, gap) * (0.55 + 0.45 * value), mark["pigment"])
    stain(ground.layers, place * smoothstep(0.16, 0.02, gap), mark.get("cleft", {}))


def furrows(ground: Ground, mark: Parameters) -> None:
    """Lines sunk into the surface that cross at steep angles."""
    x, y = grid(ground.size)
    angle = ground.rng.uniform(0, np.pi)
    depth = np.zeros_like(x)
    for turn in (0.0, 1.1) if mark.get("crossing", True) else (0.0,):
        phase = (x * np.cos(angle + turn) + y * np.sin(angle + turn)) / mark["scale"]
        wave = np.sin(2 * np.pi * (phase + mark.get("wavy", 0.35) * noise(ground.rng, ground.size, 0.25, 2)))
        depth = np.maximum(depth, smoothstep(0.5, 1.0, wave.astype(np.float32)))
    stain(ground.layers, _within(ground, mark) * depth, mark["pigment"])


def bumps(ground: Ground, mark: Parameters) -> None:
    """Knobs side by side, parted by clefts."""
    first, second, value = cells(ground.rng, ground.size, mark["scale"])
    knob = np.sqrt(np.clip(1 - (1.3 * first) ** 2, 0, 1)) * (0.6 + 0.4 * value)
    place = _within(ground, mark)
    stain(ground.layers, place * knob, {"height": mark["height"]})
    stain(ground.layers, place * smoothstep(0.25, 0.0, second - first), mark.get("cleft", {}))


def mesh(ground: Ground, mark: Parameters) -> None:
    """A net of lines; with `holes` the pigment lies between the lines instead."""
    lines = net(ground.rng, ground.size, mark["scale"], mark.get("line", 0.12), mark.get("jitter", 0.8))
    if mark.get("uneven"):
        lines = lines * smoothstep(-0.9, 0.6, noise(ground.rng, ground.size, 0.2))
    stain(ground.layers, _within(ground, mark) * (1 - lines if mark.get("holes") else lines), mark["pigment"])


def dots(ground: Ground, mark: Parameters) -> None:
    """Round spots spread over the place, regular or not; each may be raised, or sunk."""
    number = int(ground.rng.integers(mark["count"][0], mark["count"][1] + 1))
    low, high = mark["radius"]
    x, y = grid(ground.size)
    spots = np.zeros_like(x)
    spread = float(ground.radii.max()) if mark.get("where", "lesion") in {"lesion", "centre"} else ground.reach
    home = ground.centres[ground.rng.integers(0, len(ground.centres), number)]
    angle, distance = ground.rng.uniform(0, 2 * np.pi, number), spread * np.sqrt(ground.rng.random(number))
    if mark.get("peripheral"):
        distance = spread * ground.rng.uniform(0.75, 0.95, number)
    points = home + np.stack([distance * np.cos(angle), distance * np.sin(angle)], 1)
    for (cx, cy), radius in zip(points, ground.rng.uniform(low, high, number) * ground.reach, strict=True):
        span = 1.5 * radius + 2 / ground.size
        rows = slice(*np.clip([int((cy - span) * ground.size), int((cy + span) * ground.size) + 2], 0, ground.size))
        columns = slice(*np.clip([int((cx - span) * ground.size), int((cx + span) * ground.size) + 2], 0, ground.size))
        away = np.hypot(x[rows, columns] - cx, y[rows, columns] - cy)
        window = spots[rows, columns]
        edge = 0.5 / ground.size + 0.15 * radius
        np.maximum(window, smoothstep(radius + edge, radius - edge, away.astype(np.float32)), out=window)
    stain(ground.layers, spots * _within(ground, mark), mark["pigment"])


def lines(ground: Ground, mark: Parameters) -> None:
    """Fine lines that wander over the place: vessels, scratches, cracks; `branches` fork off each."""
    rng = ground.rng
    number = int(rng.integers(mark["count"][0], mark["count"][1] + 1))
    heading = rng.uniform(0, np.pi)
    paths = []
    for _ in range(number):
        home = ground.centres[rng.integers(len(ground.centres))]
        start = home + rng.normal(0, 0.45, 2) * float(ground.radii.max())
        angle = heading + rng.normal(0, 0.15) if mark.get("parallel") else rng.uniform(0, 2 * np.pi)
        length = mark["length"] * ground.reach * rng.uniform(0.6, 1.3)
        path = wander(rng, (float(start[0]), float(start[1])), angle, length, mark.get("bend", 0.4))
        paths.append(path)
        for _ in range(mark.get("branches", 0)):
            fork = path[rng.integers(3, len(path) - 2)]
            paths.append(wander(rng, (float(fork[0]), float(fork[1])), angle + rng.normal(0, 0.8), 0.5 * length, 0.4))
    stain(ground.layers, strokes(ground.size, paths, mark["width"]) * _within(ground, mark), mark["pigment"])


def rays(ground: Ground, mark: Parameters) -> None:
    """Spokes about each lesion's centre, over the whole turn or a part of it."""
    rng = ground.rng
    low, high = mark["from_to"]
    paths = []
    for (cx, cy), radius in zip(ground.centres[:6], ground.radii[:6], strict=True):
        first = rng.uniform(0, 2 * np.pi)
        turn = 2 * np.pi * mark.get("turn", 1.0)
        number = int(rng.integers(mark["count"][0], mark["count"][1] + 1))
        for angle in first + np.linspace(0, turn, number) + rng.normal(0, mark.get("uneven", 0.03), number):
            stretch = rng.uniform(0.9, 1.1)
            ends = radius * np.array([low, high * stretch])
            steps = np.linspace(ends[0], ends[1], 6)
            bend = angle + mark.get("bend", 0.04) * np.cumsum(rng.normal(0, 1, 6))
            paths.append(np.stack([cx + steps * np.cos(bend), cy + steps * np.sin(bend)], 1))
    stain(ground.layers, strokes(ground.size, paths, mark["width"]) * ground.room, mark["pigment"])


def blot(ground: Ground, mark: Parameters) -> None:
    """One uneven cloud within the lesion, off its centre."""
    x, y = grid(ground.size)
    angle, away = ground.rng.uniform(0, 2 * np.pi), mark.get("away", 0.35) * ground.radii.max()
    cx, cy = ground.centres[0] + away * np.array([np.cos(angle), np.sin(angle)])
    radius = mark["share"] * ground.radii.max()
    distance = np.hypot(x - cx, y - cy) / radius + mark.get("ragged", 0.2) * noise(ground.rng, ground.size, 0.15, 2)
    stain(ground.layers, _within(ground, mark) * smoothstep(1.15, 0.7, distance.astype(np.float32)), mark["pigment"])


def stripes(ground: Ground, mark: Parameters) -> None:
    """Parallel bands over the place; `upright` ones run along a nail."""
    x, y = grid(ground.size)
    angle = 0.0 if mark.get("upright") else ground.rng.uniform(0, np.pi)
    phase = (x * np.cos(angle) + y * np.sin(angle)) / mark["scale"] + ground.rng.random()
    if not mark.get("upright"):
        phase = phase + mark.get("wavy", 0.5) * noise(ground.rng, ground.size, 0.35, 2)
    wave = smoothstep(mark.get("threshold", 0.0), 1.0, np.sin(2 * np.pi * phase).astype(np.float32))
    stain(ground.layers, _within(ground, mark) * wave, mark["pigment"])


def band(ground: Ground, mark: Parameters) -> None:
    """One straight band through the room: along a nail, or across it."""
    x, y = grid(ground.size)
    across = (y - ground.centre[1]) if mark.get("crosswise") else (x - ground.centre[0])
    shift = ground.rng.uniform(-0.3, 0.3) * ground.reach
    half = ground.rng.uniform(*mark["width"]) * ground.reach
    wavy = mark.get("wavy", 0.02) * noise(ground.rng, ground.size, 0.3)
    stain(ground.layers, ground.room * smoothstep(1.2, 0.8, np.abs(across - shift + wavy) / half), mark["pigment"])


def free_end(ground: Ground, mark: Parameters) -> None:
    """The far part of a nail up to an uneven line."""
    _, y = grid(ground.size)
    top = ground.centre[1] - 1.3 * ground.reach
    depth = ground.rng.uniform(*mark["depth"]) * 2.2 * ground.reach
    level = (y - top - depth) / ground.reach + 0.16 * noise(ground.rng, ground.size, 0.22, 2)
    part = ground.room * smoothstep(0.08, -0.08, level.astype(np.float32))
    stain(ground.layers, part, mark["pigment"])
    ground.layers.cover = np.maximum(ground.layers.cover, part)


def centre_mark(ground: Ground, mark: Parameters) -> None:
    """A dent, a pore or a plug at the centre of each lesion."""
    ratio = mark["radius"]
    spot = smoothstep(ratio * 1.25, ratio * 0.75, ground.nearness) * ground.room
    stain(ground.layers, spot, mark["pigment"])


def rim(ground: Ground, mark: Parameters) -> None:
    """A ridge or a ring along the edge of each lesion."""
    ring = _ring(ground, mark)
    if mark.get("broken"):
        ring = ring * smoothstep(-0.5, 0.3, noise(ground.rng, ground.size, 0.08, 2))
    stain(ground.layers, ring, mark["pigment"])


def collar(ground: Ground, mark: Parameters) -> None:
    """A cuff of skin just outside the room: the fold around a nail, on one side of it or on all."""
    wide = smoothstep(0.02, 0.5, blur(ground.room, mark["width"] * ground.reach)) * (1 - ground.room)
    if mark.get("broken"):
        wide = wide * smoothstep(0.0, 0.6, noise(ground.rng, ground.size, 0.03))
    x, y = grid(ground.size)
    if mark.get("one_sided"):
        side = ground.rng.choice([-1.0, 1.0])
        wide = wide * smoothstep(0.0, 0.5 * ground.reach, ((x - ground.centre[0]) * side).astype(np.float32))
    else:
        wide = wide * smoothstep(-0.3 * ground.reach, 0.6 * ground.reach, y - np.float32(ground.centre[1]))
    stain(ground.layers, wide, mark["pigment"])


def shadowed(ground: Ground, mark: Parameters) -> None:
    """A soft swelling under and around the lesion."""
    soft = blur(ground.cover, mark.get("spread", 0.06)) * ground.room
    stain(ground.layers, soft, mark["pigment"])


MARKS: dict[str, Draw] = {
    draw.__name__: draw
    for draw in (
        wash,
        flakes,
        plates,
        furrows,
        bumps,
        mesh,
        dots,
        lines,
        rays,
        blot,
        stripes,
        band,
        free_end,
        centre_mark,
        rim,
        collar,
        shadowed,
    )
}
