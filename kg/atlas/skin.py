"""Skin as light sees it: a base reflectance, and chromophores that absorb over it.

Reflectance is linear RGB. A layer of absorbance a and spectral weights w multiplies it by exp(-a·w) (Beer and
Lambert), so that the same blood turns pale skin red and dark skin dusky. Weights of melanin follow its power law in
wavelength (Jacques, Phys Med Biol 2013), those of blood haemoglobin's stronger absorption of green and blue.
"""

from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from kg.atlas.texture import Field, cells, grain, noise

Rgb = NDArray[np.float32]
Picture = NDArray[np.float32]
"""Linear RGB of shape (3, size, size), 0 to 1; a single colour has the shape (3, 1, 1)."""


def rgb(red: float, green: float, blue: float) -> Rgb:
    """Three values, one a channel, ready to broadcast over a picture."""
    return np.array([red, green, blue], np.float32).reshape(3, 1, 1)


MELANIN = rgb(0.62, 1.0, 1.62)
BLOOD = rgb(0.16, 1.0, 0.82)
YELLOW = rgb(0.02, 0.22, 1.3)
DEEP_PIGMENT = rgb(1.25, 0.75, 0.25)
PALE = rgb(0.86, 0.72, 0.64)
_HAZE = rgb(0.30, 0.36, 0.50)


def linear(rgb: NDArray[np.float32]) -> Rgb:
    """Linear light of sRGB values 0 to 1 (IEC 61966-2-1)."""
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4).astype(np.float32)


def encoded(light: NDArray[np.float32]) -> Rgb:
    """sRGB values 0 to 1 of linear light (IEC 61966-2-1)."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055).astype(np.float32)


def colour(code: str) -> Rgb:
    """Linear RGB of a colour written `#rrggbb`."""
    red, green, blue = (int(code[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return linear(rgb(red, green, blue))


def base_reflectance(code: str, rng: np.random.Generator) -> Rgb:
    """A person's skin of the tone's published colour, with a little blood and a personal deviation."""
    tone = colour(code)
    return np.clip(tone * np.exp(-BLOOD * rng.uniform(0.02, 0.16) - MELANIN * rng.normal(0, 0.04)), 0.004, 0.95)


def complexion(rng: np.random.Generator, size: int, base: Rgb) -> Picture:
    """The base over a picture, with uneven blood and melanin, and now and then a few freckles."""
    blood = 0.035 * noise(rng, size, 0.35, 3)
    melanin = 0.03 * noise(rng, size, 0.2, 3) + 0.012 * grain(rng, size)
    if rng.random() < 0.25:
        first, _, value = cells(rng, size, float(rng.uniform(0.08, 0.16)))
        melanin += 0.14 * (first < 0.18) * (value < 0.4)
    absorbance = blood * BLOOD + melanin * MELANIN
    return np.asarray(base * np.exp(-absorbance), np.float32)


def relief(rng: np.random.Generator, size: int, coarseness: float) -> Field:
    """Height of the skin's own furrows, in shares of the picture's side."""
    scale = 0.03 + 0.03 * coarseness
    furrows = np.minimum(np.abs(noise(rng, size, scale)), np.abs(noise(rng, size, scale)))
    return (0.0016 * np.minimum(furrows, 0.5) + 0.0005 * noise(rng, size, 0.03)).astype(np.float32)


@dataclass
class Layers:
    """What lies in and on the skin of one picture; all fields have the picture's shape."""

    size: int
    blood: Field = field(init=False)
    melanin: Field = field(init=False)
    yellow: Field = field(init=False)
    deep: Field = field(init=False)  # pigment in the dermis, seen blue
    pale: Field = field(init=False)  # 0 to 1, share of melanin and blood lost
    haze: Field = field(init=False)  # 0 to 1, whitish-blue scatter above the pigment
    height: Field = field(init=False)  # shares of the picture's side
    gloss: Field = field(init=False)  # 0 to 1
    cover: Field = field(init=False)  # 0 to 1, where the lesion is
    hairless: Field = field(init=False)  # 0 to 1, where hair has gone
    paint: list[tuple[Field, Rgb]] = field(default_factory=list)  # opaque matter: coverage and linear colour

    def __post_init__(self) -> None:
        for blank in fields(self):
            if not blank.init:
                setattr(self, blank.name, np.zeros((self.size, self.size), np.float32))

    def lay(self, coverage: Field, code: str) -> None:
        """Put opaque matter of that colour (`#rrggbb`) on the skin."""
        self.paint.append((np.clip(coverage, 0, 1).astype(np.float32), colour(code)))


def tint(surface: Picture, layers: Layers) -> Picture:
    """The surface seen through the layers, before light falls on it."""
    kept = np.clip(layers.pale, 0, 1)
    surface = surface ** (1 - kept) * PALE**kept
    absorbance = layers.blood * BLOOD + layers.melanin * MELANIN + layers.yellow * YELLOW + layers.deep * DEEP_PIGMENT
    seen = surface * np.exp(-absorbance)
    haze = np.clip(layers.haze, 0, 1) * 0.55
    seen = seen * (1 - haze) + haze * _HAZE
    for coverage, paint in layers.paint:
        seen = seen * (1 - coverage) + paint * coverage
    return np.asarray(seen, np.float32)


@dataclass(frozen=True)
class Light:
    """A lamp: direction over the picture (radians), height above it, strength, tint, and shine."""

    azimuth: float
    elevation: float
    strength: float
    tint: Rgb
    falloff: float
    shine: float

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "Light":
        warmth = rng.normal(0, 0.045)
        return cls(
            azimuth=float(rng.uniform(0, 2 * np.pi)),
            elevation=float(rng.uniform(0.75, 1.2)),
            strength=float(rng.uniform(0.8, 1.12)),
            tint=rgb(1 + warmth, 1 + rng.normal(0, 0.012), 1 - warmth),
            falloff=float(rng.uniform(0.0, 0.35)),
            shine=float(rng.uniform(0.3, 1.0)),
        )


def lit(surface: Picture, height: Field, gloss: Field, light: Light) -> Picture:
    """The surface under the lamp: Lambert's shading by the slope of `height`, and Blinn's highlights where it shines.

    Slopes are compressed, as light scattered within the skin softens its shadows.
    """
    size = height.shape[0]
    slope_y, slope_x = np.gradient(height * size)
    steep = np.sqrt(1 + (slope_x**2 + slope_y**2) / 1.4)
    slope_x, slope_y = slope_x / steep, slope_y / steep
    across, up = np.cos(light.elevation), np.sin(light.elevation)
    lamp_x, lamp_y = across * np.cos(light.azimuth), across * np.sin(light.azimuth)
    length = np.sqrt(1 + slope_x**2 + slope_y**2)
    lambert = np.clip((up - slope_x * lamp_x - slope_y * lamp_y) / length, 0, None) / up
    half_up = (1 + up) / np.hypot(across, 1 + up)
    half = across / np.hypot(across, 1 + up)
    facing = (half_up - half * (slope_x * np.cos(light.azimuth) + slope_y * np.sin(light.azimuth))) / length
    highlight = np.clip(facing, 0, 1) ** 40 * gloss * light.shine
    axis = np.linspace(-0.5, 0.5, size, dtype=np.float32)
    fall = 1 + light.falloff * (axis[None, :] * np.cos(light.azimuth) + axis[:, None] * np.sin(light.azimuth))
    brightness = (0.42 + 0.58 * lambert) * fall * light.strength
    return np.asarray(surface * brightness * light.tint + 0.45 * highlight, np.float32)
