"""Lesions drawn from findings: shapes laid out in the skin, coloured, bordered, then marked by their surface."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from kg.atlas.appearance import Appearance, Aspect, Look
from kg.atlas.layout import LAYOUTS
from kg.atlas.mark import MARKS, Ground, stain
from kg.atlas.site import Setting
from kg.atlas.skin import Layers
from kg.atlas.texture import Field, Points, blur, grid, noise, smoothstep


@dataclass(frozen=True)
class View:
    """How a lesion lies in one picture: shift (shares of its room), turn (radians), size, mirrored or not."""

    shift: tuple[float, float] = (0.0, 0.0)
    turn: float = 0.0
    zoom: float = 1.0
    mirrored: bool = False

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "View":
        return cls(
            shift=(float(rng.normal(0, 0.12)), float(rng.normal(0, 0.12))),
            turn=float(rng.uniform(0, 2 * np.pi)),
            zoom=float(np.exp(rng.normal(0, 0.18))),
            mirrored=bool(rng.random() < 0.5),
        )

    def placed(self, points: Points, setting: Setting) -> Points:
        """Points of the lesion's unit disc in shares of the picture."""
        x, y = points.T * (np.array([-1 if self.mirrored else 1, 1]))[:, None]
        u, v = x * np.cos(self.turn) - y * np.sin(self.turn), x * np.sin(self.turn) + y * np.cos(self.turn)
        reach = setting.reach * self.zoom
        centre_x, centre_y = setting.centre
        return np.stack(
            [
                centre_x + reach * u + setting.reach * self.shift[0],
                centre_y + reach * v + setting.reach * self.shift[1],
            ],
            1,
        )


_MAGNIFIED = Look(
    label="",
    aspect=Aspect.SHAPE,
    on=frozenset(),
    marks=(),
    options={"radius": [0.6, 0.9], "count": [1, 1], "pigment": {"blood": 0.15, "melanin": 0.1}},
    adjective=None,
    noun=None,
    feature="",
)
"""The single lesion that fills a dermatoscope's field."""


@dataclass
class _Group:
    """The single lesions of one shape: centres and radii in shares of the picture."""

    look: Look
    centres: Points
    radii: Points
    stretch: float
    angle: float
    nearness: Field = field(init=False)  # distance to the nearest centre in its radius: 0 at a centre, 1 at an edge
    inside: Field = field(init=False)


def draw_lesion(
    appearance: Appearance,
    findings: Sequence[str],
    setting: Setting,
    view: View,
    *,
    lesion_rng: np.random.Generator,
    texture_rng: np.random.Generator,
) -> Layers:
    """The layers that the findings put on the skin of a setting.

    `lesion_rng` decides what belongs to the lesion (number, places, sizes), `texture_rng` what differs from picture to
    picture. Findings that the appearance does not know raise `KeyError`.
    """
    size = setting.room.shape[0]
    looks = [appearance.findings[name] for name in findings]
    border = _border(looks)
    groups = _groups(looks, setting, view, lesion_rng)
    layers = Layers(size)
    room = setting.room
    radial = _from_centre(setting, view) if not groups else np.full((size, size), 9, np.float32)
    colours = [look for look in looks if look.aspect is Aspect.COLOUR]
    zone = next((look.options["zone"] for look in looks if "zone" in look.options), None)
    for group in groups:
        _measure(group, *_warped(texture_rng, size, group, border["ragged"]), border["softness"])
        group.inside *= room
        radial = np.minimum(radial, group.nearness)
        layers.cover = np.maximum(layers.cover, group.inside)
        _raise(layers, group, room)
    ground = Ground(
        rng=texture_rng,
        layers=layers,
        room=room,
        cover=layers.cover,
        nearness=radial,
        centres=np.vstack([g.centres for g in groups]) if groups else view.placed(np.zeros((1, 2)), setting),
        radii=np.concatenate([g.radii for g in groups]) if groups else np.array([setting.reach * 0.65]),
        reach=setting.reach * view.zoom,
    )
    _colour(ground, colours, zone)
    for group in groups:
        stain(layers, group.inside, group.look.options.get("pigment", {}))
        own = replace(ground, cover=group.inside, nearness=group.nearness, centres=group.centres, radii=group.radii)
        for mark in group.look.marks:
            MARKS[mark["draw"]](own, mark)
    for look in looks:
        if look.aspect is not Aspect.SHAPE:
            for mark in look.marks:
                MARKS[mark["draw"]](ground, mark)
    return layers


def _border(looks: Sequence[Look]) -> dict[str, float]:
    """How soft and how ragged the edges are; the last border named wins."""
    border = {"softness": 0.16, "ragged": 0.5}
    for look in looks:
        border |= look.options.get("border", {})
    return border


def _groups(looks: Sequence[Look], setting: Setting, view: View, rng: np.random.Generator) -> list[_Group]:
    """Shapes with their centres and radii, large ones first so that small ones lie on them."""
    shapes = [look for look in looks if look.aspect is Aspect.SHAPE]
    if any(look.aspect is Aspect.STRUCTURE for look in looks):
        shapes.append(_MAGNIFIED)
    shapes.sort(key=lambda look: -look.options["radius"][1])
    arranged = next((look.options for look in looks if "layout" in look.options), {})
    limit = next((look.options["number"] for look in looks if "number" in look.options), None)
    groups = []
    for rank, look in enumerate(shapes):
        low, high = look.options["count"]
        number = int(rng.integers(low, high + 1))
        if limit is not None:
            number = int(np.clip(number, *limit))
        if rank and number > 2:
            number = max(2, round(0.6 * number))
        many = number >= 3
        if many and arranged.get("crowd"):
            number = round(number * arranged["crowd"])
        layout = arranged.get("layout", "scattered") if many else "scattered"
        points = LAYOUTS[layout](rng, number)
        smaller = arranged.get("shrink", 1.0) if many else 1.0
        radii = (
            np.exp(rng.uniform(np.log(look.options["radius"][0]), np.log(look.options["radius"][1]), number)) * smaller
        )
        if not many:
            points = points * (0.9 - np.minimum(0.6, radii.max()))
        groups.append(
            _Group(
                look=look,
                centres=view.placed(points, setting),
                radii=radii * setting.reach * view.zoom,
                stretch=float(np.exp(abs(rng.normal(0, 0.12))) * arranged.get("stretch", 1.0)),
                angle=float(rng.uniform(0, np.pi)) + view.turn,
            )
        )
    return groups


def _warped(rng: np.random.Generator, size: int, group: _Group, ragged: float) -> tuple[Field, Field]:
    """Coordinates bent by noise, in proportion to the lesions, so that outlines are not round."""
    x, y = grid(size)
    radius = float(group.radii.mean())
    amplitude, scale = 0.22 * ragged * radius, float(np.clip(1.1 * radius, 0.03, 0.3))
    return x + amplitude * noise(rng, size, scale, 2), y + amplitude * noise(rng, size, scale, 2)


def _from_centre(setting: Setting, view: View) -> Field:
    """Nearness for a picture without shapes: distance to the centre of the lesion's room, in its radius."""
    x, y = grid(setting.room.shape[0])
    cx, cy = view.placed(np.zeros((1, 2)), setting)[0]
    return np.asarray(np.hypot(x - cx, y - cy) / (0.8 * setting.reach * view.zoom), np.float32)


def _measure(group: _Group, x: Field, y: Field, softness: float) -> None:
    """Fill in the nearness and the inside of a group's lesions, each within a window about its centre."""
    size = x.shape[0]
    nearness = np.full((size, size), 9, np.float32)
    cos, sin = np.cos(group.angle), np.sin(group.angle)
    for (cx, cy), radius in zip(group.centres, group.radii, strict=True):
        span = 2.2 * radius * group.stretch + 0.06
        rows = slice(*np.clip([int((cy - span) * size), int((cy + span) * size) + 2], 0, size))
        columns = slice(*np.clip([int((cx - span) * size), int((cx + span) * size) + 2], 0, size))
        dx, dy = x[rows, columns] - np.float32(cx), y[rows, columns] - np.float32(cy)
        along, across = (dx * cos + dy * sin) / group.stretch, dy * cos - dx * sin
        window = nearness[rows, columns]
        np.minimum(window, np.sqrt(along * along + across * across) / np.float32(radius), out=window)
    pixel = 1.0 / (size * float(group.radii.mean()))
    edge = max(softness, min(0.5, pixel))
    group.nearness = nearness
    group.inside = smoothstep(1 + edge, 1 - edge, nearness)


def _raise(layers: Layers, group: _Group, room: Field) -> None:
    """Lift or sink the skin by the shape's profile."""
    height = float(group.look.options.get("height", 0.0))
    if not height:
        return
    nearness = np.minimum(group.nearness, 1.3)
    profile = group.look.options.get("profile", "dome")
    if profile == "dome":
        rise = np.sqrt(np.clip(1 - nearness**2, 0, 1))
    elif profile == "cone":
        rise = np.clip(1 - nearness, 0, 1) ** 1.3
    else:
        rise = smoothstep(1.08, 0.78, nearness)
    mean = float(group.radii.mean())
    layers.height += np.float32(0.75 * height * mean) * blur(rise.astype(np.float32), min(0.01, 0.12 * mean)) * room


def _colour(ground: Ground, colours: Sequence[Look], zone: Mapping[str, Any] | None) -> None:
    """Lay the colours over the lesion: the first over all of it, further ones in patches of it."""
    layers, rng = ground.layers, ground.rng
    size = layers.size
    weight = layers.cover * (1 + 0.16 * noise(rng, size, 0.12, 2)).astype(np.float32)
    if zone is not None:
        stops = np.array(zone["stops"], np.float32)
        strengths = np.array(zone["strengths"], np.float32)
        weight = weight * np.interp(ground.nearness, stops, strengths).astype(np.float32)
        layers.height *= (0.5 + 0.5 * np.interp(ground.nearness, stops, strengths)).astype(np.float32)
    mixture = (
        np.exp(0.9 * np.stack([noise(rng, size, 0.16, 2) for _ in colours])) if colours else np.empty((0, size, size))
    )
    shares = mixture / mixture.sum(0) * len(colours) ** 0.3
    for share, look in zip(shares, colours, strict=True):
        stain(layers, weight * share, look.options["pigment"])
