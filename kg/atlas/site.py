"""Drawn body sites: the skin around a lesion, its outline, folds, hair, and where a lesion may lie."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from kg.atlas.skin import BLOOD, MELANIN, Picture, Rgb, colour, complexion, relief, rgb
from kg.atlas.texture import Field, Points, blur, cells, grid, noise, smoothstep, strokes, wander, wander_all

_DRAPES = ("#3b6f95", "#4a7a6d", "#d8dcdf", "#22262b", "#8a8f94", "#5a6b7e", "#b9c4c9")


@dataclass
class Setting:
    """A drawn site, before the lesion and the light."""

    surface: Picture
    height: Field
    gloss: Field
    room: Field  # 0 to 1, skin on which a lesion may lie
    centre: tuple[float, float]  # of the place for the lesion
    reach: float  # radius of that place, share of the side
    coarseness: float = 1.0  # of the skin's furrows
    hair: list[tuple[Field, Rgb]] = field(default_factory=list)  # strands, which hair loss takes away
    backdrop: Field | None = None  # 1 where there is no body at all
    drape: str = _DRAPES[0]


Draw = Callable[[np.random.Generator, int, Rgb], Setting]


def _plain(rng: np.random.Generator, size: int, base: Rgb, coarseness: float = 1.0) -> Setting:
    """Skin from edge to edge."""
    return Setting(
        surface=complexion(rng, size, base),
        height=relief(rng, size, coarseness),
        gloss=np.full((size, size), 0.05, np.float32),
        room=np.ones((size, size), np.float32),
        centre=(float(rng.uniform(0.4, 0.6)), float(rng.uniform(0.4, 0.6))),
        reach=0.36,
        coarseness=coarseness,
        drape=str(rng.choice(_DRAPES)),
    )


def _absorb(setting: Setting, amount: Field, weights: Rgb) -> None:
    setting.surface = np.asarray(setting.surface * np.exp(-amount * weights), np.float32)


def _groove(setting: Setting, lines: list[Points], width: float, depth: float, shade: float = 0.35) -> None:
    """Cut creases into the skin: darker along them, and lower."""
    cut = blur(strokes(setting.room.shape[0], lines, width), width / 2)
    setting.height -= np.float32(depth) * cut
    _absorb(setting, shade * cut, BLOOD + MELANIN)


def _outline(setting: Setting, body: Field) -> None:
    """Keep the body where `body` is 1, the drape elsewhere, with the lesion clear of the edge."""
    setting.backdrop = 1 - body
    setting.room = setting.room * smoothstep(0.55, 0.95, blur(body, 0.02))


def _vellus(setting: Setting, rng: np.random.Generator, size: int, number: int, length: float) -> None:
    """Fine short hair over the skin, all of it about one way."""
    angles = rng.uniform(0, np.pi) + rng.normal(0, 0.3, number)
    lines = wander_all(rng, rng.random((number, 2)), angles, length * rng.uniform(0.6, 1.3, number), bend=0.3, steps=5)
    setting.hair.append((0.35 * strokes(size, list(lines), 0.004), _hair_colour(rng)))


def _hair_colour(rng: np.random.Generator) -> Rgb:
    return colour(
        str(rng.choice(["#17110d", "#2a1b12", "#3d2a1c", "#0d0b0a", "#6b4a2c", "#14100c", "#3a2a20", "#8b8680"]))
    )


def trunk(rng: np.random.Generator, size: int, base: Rgb) -> Setting:
    """A wide field of chest, belly or back: gently curved, with a navel, a nipple or the spine's furrow at times."""
    setting = _plain(rng, size, base, 0.8)
    x, y = grid(size)
    setting.height += 0.03 * np.cos((x - rng.uniform(0.3, 0.7)) * 2.2).astype(np.float32)
    mark = rng.choice(["navel", "nipple", "spine", "none"], p=[0.22, 0.18, 0.25, 0.35])
    corner_x, corner_y = rng.choice([0.1, 0.9]), rng.uniform(0.08, 0.92)
    if mark == "navel":
        distance = np.hypot((x - corner_x) / 1.3, y - corner_y)
        pit = np.exp(-((distance / 0.045) ** 2))
        setting.height -= 0.05 * pit
        _absorb(setting, 0.7 * pit.astype(np.float32), BLOOD + MELANIN)
    elif mark == "nipple":
        distance = np.hypot(x - corner_x, y - corner_y)
        areola = smoothstep(0.11, 0.085, distance.astype(np.float32))
        _absorb(setting, 0.45 * areola, 0.5 * BLOOD + MELANIN)
        setting.height += 0.025 * np.exp(-((distance / 0.03) ** 2)).astype(np.float32)
    elif mark == "spine":
        line = wander(rng, (float(rng.choice([0.12, 0.88])), -0.05), np.pi / 2, 1.15, 0.08)
        setting.height -= 0.03 * blur(strokes(size, [line], 0.05), 0.05)
    return setting


def limb(rng: np.random.Generator, size: int, base: Rgb) -> Setting:
    """A stretch of arm or leg across the picture, cloth on both sides, fine hair on it."""
    setting = _plain(rng, size, base)
    x, y = grid(size)
    angle = float(rng.uniform(-0.35, 0.35)) + (np.pi / 2 if rng.random() < 0.5 else 0.0)
    across = -(x - 0.5) * np.sin(angle) + (y - 0.5) * np.cos(angle)
    along = (x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle)
    half = float(rng.uniform(0.34, 0.44)) + float(rng.uniform(-0.08, 0.08)) * along
    share = np.clip(np.abs(across / half), 0, 1.2)
    setting.height += (0.26 * np.sqrt(np.clip(1 - share**2, 0.02, 1))).astype(np.float32)
    _outline(setting, smoothstep(1.0, 0.96, share.astype(np.float32)))
    setting.centre = (float(rng.uniform(0.44, 0.56)), float(rng.uniform(0.44, 0.56)))
    setting.reach = 0.29
    if rng.random() < 0.6:
        _vellus(setting, rng, size, 50, 0.07)
    return setting


def face(rng: np.random.Generator, size: int, base: Rgb) -> Setting:
    """A cheek with an eye above it, a nose beside it and the corner of a mouth below."""
    setting = _plain(rng, size, base, 0.5)
    x, y = grid(size)
    side = int(rng.choice([-1, 1]))
    nose_x = 0.5 + side * float(rng.uniform(0.36, 0.42))
    eye_x, eye_y = 0.5 - side * float(rng.uniform(-0.06, 0.08)), float(rng.uniform(0.1, 0.15))
    setting.height += (
        0.10 * np.exp(-(((x - nose_x) / 0.12) ** 2 + ((y - 0.48) / 0.26) ** 2))
        + 0.07 * np.exp(-(((x - 0.5 + 0.12 * side) / 0.4) ** 2 + ((y - 0.62) / 0.4) ** 2))
    ).astype(np.float32)
    nostril = np.exp(-(((x - nose_x + 0.05 * side) / 0.035) ** 2 + ((y - 0.70) / 0.022) ** 2))
    _absorb(setting, 1.6 * nostril.astype(np.float32), BLOOD + MELANIN)
    u, v = (x - eye_x) / 0.17, (y - eye_y) / 0.065
    opening = smoothstep(1.0, 0.85, (u**2 + np.abs(v) ** 1.6).astype(np.float32))
    iris = smoothstep(0.062, 0.052, np.hypot(x - eye_x, y - eye_y).astype(np.float32)) * opening
    pupil = smoothstep(0.026, 0.02, np.hypot(x - eye_x, y - eye_y).astype(np.float32)) * opening
    for coverage, shade in (
        (opening, colour("#e6e0da")),
        (iris, colour(str(rng.choice(["#3a2416", "#4d3320", "#5d7385", "#6b6b45", "#22150e"])))),
        (pupil, colour("#060505")),
    ):
        setting.surface = np.asarray(setting.surface * (1 - coverage) + shade * coverage, np.float32)
    arc = np.linspace(-1, 1, 16)
    lid = np.stack([eye_x + 0.18 * arc, eye_y - 0.07 * (1 - arc**2) - 0.01], 1)
    brow = np.stack([eye_x + 0.21 * arc, eye_y - 0.12 - 0.03 * (1 - arc**2)], 1)
    setting.hair.append((0.85 * strokes(size, [brow], 0.03), _hair_colour(rng)))
    _groove(setting, [lid], 0.014, 0.006, 1.1)
    mouth_y = float(rng.uniform(0.93, 0.97))
    mouth_x = 0.5 + side * 0.22
    lips = np.exp(-(((x - mouth_x) / 0.2) ** 2 + ((y - mouth_y) / 0.045) ** 2)).astype(np.float32)
    _absorb(setting, 0.7 * lips, BLOOD)
    fold = np.stack([nose_x - side * (0.11 + 0.13 * np.linspace(0, 1, 10) ** 1.5), np.linspace(0.66, 0.9, 10)], 1)
    _groove(setting, [fold], 0.012, 0.006, 0.25)
    setting.room = (1 - np.clip(blur(opening, 0.02) * 1.6, 0, 1)).astype(np.float32)
    setting.centre = (0.5 - side * float(rng.uniform(0.0, 0.1)), float(rng.uniform(0.5, 0.6)))
    setting.reach = 0.30
    return setting


def lip(rng: np.random.Generator, size: int, base: Rgb) -> Setting:
    """Both lips across the picture: vermilion with fine upright creases, and the line between."""
    setting = _plain(rng, size, base, 0.5)
    x, y = grid(size)
    centre = float(rng.uniform(0.44, 0.52))
    bow = 0.025 * np.cos((x - 0.5) * 4 * np.pi) * np.exp(-(((x - 0.5) / 0.2) ** 2))
    fade = np.clip(1 - ((x - 0.5) / 0.56) ** 2, 0, 1)
    upper, lower = centre - 0.17 * fade + bow * 0.9, centre + 0.24 * fade
    rim = 0.012
    vermilion = smoothstep(-rim, rim, (y - upper).astype(np.float32)) * smoothstep(
        rim, -rim, (y - lower).astype(np.float32)
    )
    creases = noise(rng, size, 0.02)[:1].repeat(size, 0) * 0.5 + 0.5 * noise(rng, size, 0.05)
    _absorb(setting, (vermilion * (0.55 + 0.06 * creases)).astype(np.float32), BLOOD)
    mid_lower = np.exp(-(((y - (centre + lower) / 2) / 0.1) ** 2)) + 0.8 * np.exp(
        -(((y - (centre + upper) / 2) / 0.07) ** 2)
    )
    setting.height += (vermilion * (0.05 * mid_lower * fade + 0.0016 * creases)).astype(np.float32)
    setting.gloss += 0.22 * vermilion
    arc = np.linspace(0, 1, 20)
    line = np.stack([arc, centre + 0.01 * np.sin(arc * 2 * np.pi * 1.5)], 1)
    _groove(setting, [line], 0.02, 0.02, 1.5)
    setting.centre = (float(rng.uniform(0.38, 0.62)), float(centre + rng.uniform(0.08, 0.14)))
    setting.reach = 0.2
    return setting


def scalp(rng: np.random.Generator, size: int, base: Rgb) -> Setting:
    """Scalp under hair: strands that part and cover it, thinner where the picture looks."""
    setting = _plain(rng, size, base, 0.4)
    _, y = grid(size)
    setting.height += 0.06 * np.cos((y - 0.4) * 2).astype(np.float32)
    strand = _hair_colour(rng)
    angle = float(rng.uniform(0, 2 * np.pi))
    for darkness, number in ((0.6, 260), (0.9, 220)):
        starts = rng.uniform(-0.15, 1.15, (number, 2))
        angles = angle + rng.normal(0, 0.22, number)
        lines = wander_all(rng, starts, angles, np.full(number, 0.3), bend=0.3, steps=7)
        setting.hair.append((darkness * strokes(size, list(lines), 0.006), strand * np.float32(2 - darkness)))
    parting = wander(rng, (float(rng.uniform(0.25, 0.75)), -0.1), np.pi / 2, 1.25, 0.15)
    thin = np.clip(blur(strokes(size, [parting], 0.12), 0.03) * 1.2, 0, 0.85)
    setting.hair = [(coverage * (1 - thin), shade) for coverage, shade in setting.hair]
    setting.reach = 0.32
    return setting


def _ridges(setting: Setting, rng: np.random.Generator, size: int) -> None:
    x, y = grid(size)
    angle = float(rng.uniform(0, np.pi))
    phase = (x * np.cos(angle) + y * np.sin(angle)) / 0.028 + 0.8 * noise(rng, size, 0.5, 2)
    setting.height += 0.0016 * np.sin(2 * np.pi * phase).astype(np.float32)


def _pale_underside(base: Rgb) -> Rgb:
    """Skin of palm and sole: less melanin than elsewhere, more blood."""
    return np.asarray(base**0.55 * rgb(0.80, 0.64, 0.56) ** 0.45 * np.exp(-0.14 * BLOOD), np.float32)


def palm(rng: np.random.Generator, size: int, base: Rgb) -> Setting:
    """A palm: ridged pale skin, the great creases, fingers' roots at the top."""
    setting = _plain(rng, size, _pale_underside(base), 0.4)
    _ridges(setting, rng, size)
    x, y = grid(size)
    turn = int(rng.choice([-1, 1]))
    t = np.linspace(0, 1, 16)
    shift = float(rng.uniform(-0.05, 0.05))

    def place(u: Points, v: Points) -> Points:
        return np.stack([0.5 + turn * (u - 0.5), v + shift], 1)

    creases = [
        place(0.05 + 0.7 * t, 0.42 - 0.16 * t**2.2),
        place(0.18 + 0.75 * t, 0.36 + 0.22 * t**1.4),
        place(0.2 + 0.28 * np.sin(t * 1.6), 0.36 + 0.62 * t),
    ]
    _groove(setting, creases, 0.014, 0.010, 0.55)
    minor = [wander(rng, (float(a), float(b)), float(rng.uniform(0, np.pi)), 0.16, 0.4) for a, b in rng.random((7, 2))]
    _groove(setting, minor, 0.006, 0.003, 0.25)
    gaps = [np.stack([np.full(6, 0.5 + turn * (g - 0.5)), np.linspace(-0.05, 0.1 + 0.02 * k, 6)], 1)
            for k, g in enumerate((0.27, 0.5, 0.73))]  # fmt: skip
    _groove(setting, gaps, 0.03, 0.03, 1.4)
    mound = np.exp(-(((x - 0.5 + turn * 0.3) / 0.22) ** 2 + ((y - 0.75) / 0.3) ** 2))
    setting.height += 0.05 * mound.astype(np.float32)
    return setting


def sole(rng: np.random.Generator, size: int, base: Rgb) -> Setting:
    """A sole upright in the picture: heel, arch and five toes before cloth."""
    setting = _plain(rng, size, _pale_underside(base), 0.4)
    _ridges(setting, rng, size)
    x, y = grid(size)
    turn = int(rng.choice([-1, 1]))
    u = 0.5 + turn * (x - 0.5)
    middle = 0.5 + 0.05 * np.sin((y - 0.2) * 3)
    half = 0.27 + 0.09 * np.cos((y - 0.36) * 5.2) - 0.03 * y
    distance = np.abs(u - middle) / half
    body = smoothstep(1.0, 0.95, distance.astype(np.float32)) * smoothstep(0.2, 0.24, y)
    dome = np.sqrt(np.clip(1 - distance**2, 0, 1))
    for k, (toe_x, toe_y, radius) in enumerate(
        ((0.29, 0.13, 0.095), (0.45, 0.12, 0.065), (0.575, 0.145, 0.06), (0.68, 0.18, 0.055), (0.77, 0.235, 0.05))
    ):
        reach = np.hypot(u - toe_x, (y - toe_y) / (1.2 if k else 1.35)) / radius
        body = np.maximum(body, smoothstep(1.0, 0.9, reach.astype(np.float32)))
        dome = np.maximum(dome, 0.6 * np.sqrt(np.clip(1 - reach**2, 0, 1)))
    arch = np.exp(-(((u - 0.32) / 0.16) ** 2 + ((y - 0.62) / 0.17) ** 2))
    setting.height += (0.14 * dome - 0.05 * arch).astype(np.float32)
    _outline(setting, body.astype(np.float32))
    setting.centre = (0.5 + float(rng.uniform(-0.05, 0.05)), float(rng.uniform(0.42, 0.7)))
    setting.reach = 0.24
    return setting


def hand(rng: np.random.Generator, size: int, base: Rgb) -> Setting:
    """The back of a hand: knuckles, tendons and the roots of four fingers before cloth."""
    setting = _plain(rng, size, base, 1.3)
    x, y = grid(size)
    dome = np.sqrt(np.clip(1 - ((x - 0.5) / 0.48) ** 2, 0, 1)) * np.clip((y - 0.3) / 0.2, 0, 1) ** 0.5
    for k, centre in enumerate((0.17, 0.39, 0.61, 0.82)):
        end = 0.40 + 0.03 * abs(k - 1.3)
        across = np.hypot((x - centre - 0.05 * (y - 0.4) * (1.5 - k)) / 0.098, np.maximum(y - end, 0) / 0.12)
        dome = np.maximum(dome, 0.62 * np.sqrt(np.clip(1 - across**2, 0, 1)))
        knuckle = np.exp(-(((x - centre) / 0.08) ** 2 + ((y - end - 0.03) / 0.07) ** 2))
        setting.height += (0.035 * knuckle).astype(np.float32)
        wrinkles = [np.stack([centre + np.linspace(-0.05, 0.05, 5), np.full(5, end + 0.028 * j)], 1) for j in range(3)]
        _groove(setting, wrinkles, 0.006, 0.003, 0.25)
    tendons = [
        np.stack([np.linspace(centre, 0.5 + 0.35 * (centre - 0.5), 8), np.linspace(0.5, 1, 8)], 1)
        for centre in (0.17, 0.39, 0.61, 0.82)
    ]
    setting.height += 0.012 * blur(strokes(size, tendons, 0.03), 0.02)
    body = smoothstep(0.1, 0.2, dome.astype(np.float32))
    setting.height += (0.2 * blur(dome.astype(np.float32), 0.02)).astype(np.float32)
    _outline(setting, body.astype(np.float32))
    setting.centre = (float(rng.uniform(0.45, 0.55)), float(rng.uniform(0.6, 0.68)))
    setting.reach = 0.27
    return setting


def nail(rng: np.random.Generator, size: int, base: Rgb) -> Setting:
    """A fingertip from above with its nail: plate, half-moon, cuticle and free edge. The lesion lies on the plate."""
    setting = _plain(rng, size, base, 0.9)
    x, y = grid(size)
    centre_x, width, length = (
        float(rng.uniform(0.46, 0.54)),
        float(rng.uniform(0.21, 0.25)),
        float(rng.uniform(0.27, 0.33)),
    )
    top = float(rng.uniform(0.16, 0.22))
    middle = top + length
    finger = np.clip(np.hypot((x - centre_x) / 0.4, np.minimum(y - 0.42, 0) / 0.36), 0, 2)
    body = smoothstep(1.0, 0.96, finger.astype(np.float32))
    setting.height += (0.24 * np.sqrt(np.clip(1 - finger**2, 0, 1))).astype(np.float32)
    plate_distance = (np.abs((x - centre_x) / width) ** 3.2 + np.abs((y - middle) / length) ** 3.2) ** (1 / 3.2)
    plate = smoothstep(1.02, 0.97, plate_distance.astype(np.float32))
    bed = np.asarray(base**0.45 * rgb(0.84, 0.62, 0.55) ** 0.55, np.float32)
    moon = smoothstep(
        1.0, 0.85, np.hypot((x - centre_x) / (0.6 * width), (y - middle - length) / (0.38 * length)).astype(np.float32)
    )
    edge = smoothstep(top + 0.10 * length * 2, top + 0.06 * length * 2, y)
    for coverage, shade in (
        (plate, bed),
        (plate * moon * 0.6, colour("#efe2d8")),
        (plate * edge, colour("#eee7d8")),
    ):
        setting.surface = np.asarray(setting.surface * (1 - coverage) + shade * coverage, np.float32)
    stripes = noise(rng, size, 0.02)[:1].repeat(size, 0)
    setting.height += (plate * (0.018 * np.sqrt(np.clip(1 - plate_distance**2, 0, 1)) + 0.0005 * stripes)).astype(
        np.float32
    )
    groove = plate_distance - 1.05
    setting.height -= 0.02 * np.exp(-((groove / 0.06) ** 2)).astype(np.float32)
    _absorb(setting, 0.5 * np.exp(-((groove / 0.05) ** 2)).astype(np.float32) * (1 - plate), BLOOD + MELANIN)
    wrinkles = [wander(rng, (0.2, 0.86 + 0.05 * k), 0.0, 0.6, 0.1) for k in range(3)]
    _groove(setting, wrinkles, 0.008, 0.004, 0.3)
    setting.gloss = np.maximum(setting.gloss, 0.3 * plate)
    _outline(setting, body)
    setting.room = plate
    setting.centre, setting.reach = (centre_x, middle), min(width, length) * 0.95
    return setting


def mouth(rng: np.random.Generator, size: int, base: Rgb) -> Setting:
    """Oral mucosa: wet and pink, the tongue with its papillae below, a row of teeth above."""
    gum = np.asarray(base**0.25 * rgb(0.62, 0.27, 0.25) ** 0.75, np.float32)
    setting = _plain(rng, size, gum, 0.5)
    x, y = grid(size)
    width = float(rng.uniform(0.38, 0.44))
    tongue = smoothstep(1.0, 0.94, np.hypot((x - 0.5) / width, (y - 0.78) / 0.5).astype(np.float32))
    papillae, _, _ = cells(rng, size, 0.03)
    setting.height += tongue * (0.10 * np.sqrt(np.clip(1 - ((x - 0.5) / width) ** 2, 0, 1)) + 0.0025 * (0.6 - papillae))
    _groove(setting, [np.stack([np.full(8, 0.5), np.linspace(0.4, 1, 8)], 1)], 0.012, 0.01, 0.3)
    dark = smoothstep(0.12, 0.22, y) * (1 - tongue)
    _absorb(setting, 0.9 * dark, BLOOD + 0.6 * MELANIN)
    count = 6
    tooth = np.abs((x * count) % 1 - 0.5) * 2
    teeth = smoothstep(0.97, 0.88, tooth) * smoothstep(0.17, 0.15, y + 0.03 * tooth**3)
    ivory = colour("#ded6c4")
    setting.surface = np.asarray(setting.surface * (1 - teeth) + ivory * teeth, np.float32)
    setting.gloss += 0.3
    setting.room = tongue
    setting.centre, setting.reach = (0.5 + float(rng.uniform(-0.06, 0.06)), float(rng.uniform(0.62, 0.72))), 0.24
    return setting


def fold(rng: np.random.Generator, size: int, base: Rgb) -> Setting:
    """A body fold (armpit, groin, under the breast): two swellings that meet in a dark crease."""
    setting = _plain(rng, size, base, 1.2)
    x, y = grid(size)
    angle = float(rng.uniform(0, np.pi))
    bend = float(rng.uniform(-0.4, 0.4))
    along = (x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle)
    across = -(x - 0.5) * np.sin(angle) + (y - 0.5) * np.cos(angle) - bend * along**2
    setting.height += (0.09 * np.sqrt(np.abs(across) + 0.002)).astype(np.float32)
    shadow = np.exp(-np.abs(across) / 0.035) * 0.9 + 0.25 * np.exp(-np.abs(across) / 0.15)
    _absorb(setting, shadow.astype(np.float32), 0.6 * BLOOD + MELANIN)
    if rng.random() < 0.5:
        _vellus(setting, rng, size, 30, 0.12)
    return setting


def ear(rng: np.random.Generator, size: int, base: Rgb) -> Setting:
    """An ear from the side: helix, antihelix, the hollow and the lobe, hair behind."""
    setting = _plain(rng, size, base, 0.4)
    x, y = grid(size)
    turn = int(rng.choice([-1, 1]))
    u = 0.5 + turn * (x - 0.5)
    t = np.linspace(-0.5 * np.pi, 1.05 * np.pi, 30)

    def arc(rx: float, ry: float) -> Points:
        return np.stack([0.5 + turn * (0.02 - rx * np.cos(t + 0.5 * np.pi)), 0.5 + ry * np.sin(t - 0.25 * np.pi)], 1)

    outer = np.hypot((u - 0.5) / 0.36, (y - 0.5) / 0.46).astype(np.float32)
    setting.height += 0.10 * smoothstep(1.02, 0.8, outer) + 0.03 * blur(strokes(size, [arc(0.28, 0.37)], 0.06), 0.025)
    setting.height += 0.025 * blur(strokes(size, [arc(0.15, 0.22)], 0.05), 0.025)
    hollow = np.exp(-(((u - 0.56) / 0.09) ** 2 + ((y - 0.53) / 0.13) ** 2)).astype(np.float32)
    setting.height -= 0.06 * hollow
    _absorb(setting, 1.1 * hollow + 0.5 * np.exp(-(((outer - 1.04) / 0.05) ** 2)).astype(np.float32), BLOOD + MELANIN)
    starts = rng.uniform(-0.1, 1.1, (160, 2))
    strands = wander_all(rng, starts, np.full(160, np.pi / 2), np.full(160, 0.3), bend=0.2, steps=6)
    setting.hair.append((0.9 * strokes(size, list(strands), 0.007) * smoothstep(1.05, 1.15, outer), _hair_colour(rng)))
    setting.room = smoothstep(0.95, 0.85, outer)
    setting.centre, setting.reach = (0.5 + turn * float(rng.uniform(-0.16, -0.02)), float(rng.uniform(0.35, 0.65))), 0.2
    return setting


def dermoscopic(rng: np.random.Generator, size: int, base: Rgb) -> Setting:
    """Skin under a dermatoscope: flat, evenly lit, from edge to edge."""
    setting = _plain(rng, size, base, 0.2)
    setting.height *= np.float32(0.25)
    setting.reach = 0.40
    return setting


SITES: dict[str, Draw] = {
    draw.__name__: draw for draw in (trunk, limb, face, lip, scalp, palm, sole, hand, nail, mouth, fold, ear)
}
