"""A scene as a picture: site, lesion, light, artifacts, camera."""

import numpy as np
from numpy.typing import NDArray

from kg.atlas.appearance import load_appearance
from kg.atlas.artifact import ARTIFACTS
from kg.atlas.lesion import View, draw_lesion
from kg.atlas.repertoire import load_population
from kg.atlas.scene import Scene, lesion_rng, patient_rng, view_rng
from kg.atlas.site import SITES, dermoscopic
from kg.atlas.skin import Layers, Light, Picture, base_reflectance, colour, encoded, lit, tint
from kg.atlas.texture import Field, grain

_TONE, _DRAWING = 1, 1


def render(scene: Scene, seed: int, size: int = 128) -> NDArray[np.uint8]:
    """The picture of a scene: sRGB of shape (size, size, 3). The same scene, seed and size give the same bytes."""
    return rendered_layers(scene, seed, size)[0]


def rendered_layers(scene: Scene, seed: int, size: int = 128) -> tuple[NDArray[np.uint8], Layers]:
    """The picture, and the layers of its lesion (for the mask of what is diseased)."""
    population = load_population()
    person = patient_rng(seed, scene.patient.number).spawn(_TONE)[0]
    lesion = lesion_rng(seed, scene.patient.number, scene.lesion).spawn(_DRAWING)[0]
    around, texture, camera, *artifact_rngs = view_rng(seed, scene.index).spawn(3 + len(scene.artifacts))
    base = base_reflectance(population["monk"][scene.patient.monk], person)
    draw = dermoscopic if scene.dermoscopic else SITES[scene.place.drawn]
    setting = draw(around, size, base)
    view = View.drawn(around)
    layers = draw_lesion(load_appearance(), scene.findings, setting, view, lesion_rng=lesion, texture_rng=texture)
    surface = tint(setting.surface, layers)
    for strands, shade in setting.hair:
        left = strands * (1 - np.clip(np.maximum(layers.hairless, 0.7 * layers.cover), 0, 1))
        surface = surface * (1 - left) + shade * left
    if setting.backdrop is not None:
        surface = surface * (1 - setting.backdrop) + colour(setting.drape) * setting.backdrop
    light = Light.drawn(camera)
    picture = lit(surface, setting.height + layers.height, np.clip(setting.gloss + layers.gloss, 0, 1), light)
    picture = _exposed(picture, camera)
    for label, rng in zip(scene.artifacts, artifact_rngs, strict=True):
        picture = ARTIFACTS[population["artifact"][label]["draw"]](rng, picture)
    return _developed(picture, camera), layers


def _exposed(picture: Picture, rng: np.random.Generator) -> Picture:
    """As a camera meters: dark pictures are lifted part of the way to a middle grey, bright ones held back."""
    mean = float(picture.mean())
    gain = np.clip((0.36 / max(mean, 1e-3)) ** 0.35, 0.75, 2.2) * np.exp(rng.normal(0, 0.08))
    return np.asarray(picture * np.float32(gain), np.float32)


def _developed(picture: Picture, rng: np.random.Generator) -> NDArray[np.uint8]:
    """sRGB bytes with the sensor's noise."""
    size = picture.shape[1]
    noise: Field = grain(rng, size) * np.float32(rng.uniform(0.004, 0.014))
    values = encoded(picture / (1 + 0.12 * np.clip(picture - 0.8, 0, None) / 0.2)) + noise
    return np.ascontiguousarray((np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8).transpose(1, 2, 0))
