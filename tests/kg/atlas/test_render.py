"""Pictures show what the findings say, on the skin that they lie on."""

import numpy as np
import pytest

from kg.atlas.appearance import load_appearance
from kg.atlas.lesion import View, draw_lesion
from kg.atlas.render import render
from kg.atlas.scene import Scene
from kg.atlas.site import SITES, dermoscopic
from kg.atlas.skin import Layers, Picture, base_reflectance, colour, tint

PALE, DARK = "#f3e7db", "#3a312a"
SIZE = 64


def drawn(findings: list[str], tone: str = PALE, site: str = "trunk", seed: int = 5) -> tuple[Picture, Picture, Layers]:
    """Skin before and after the findings lie on it, and their layers; no light, no camera."""
    rng = np.random.default_rng(seed)
    setting = SITES[site](rng, SIZE, base_reflectance(tone, rng))
    layers = draw_lesion(
        load_appearance(),
        findings,
        setting,
        View(),
        lesion_rng=np.random.default_rng(seed),
        texture_rng=np.random.default_rng(seed),
    )
    return setting.surface, tint(setting.surface, layers), layers


def mean_inside(picture: Picture, layers: Layers) -> np.ndarray:
    return picture[:, layers.cover > 0.9].mean(1)


@pytest.mark.parametrize(
    ("finding", "channel", "against"),
    [("red", 0, 1), ("erythema", 0, 1), ("yellow", 1, 2), ("blue", 2, 0), ("brown", 0, 2), ("purple", 0, 1)],
)
def test_a_colour_moves_the_lesion_toward_it(finding: str, channel: int, against: int) -> None:
    skin, lesion, layers = drawn(["patch", finding])

    before, after = mean_inside(skin, layers), mean_inside(lesion, layers)
    assert after[channel] / after[against] > 1.15 * before[channel] / before[against]


def test_lost_pigment_lightens_dark_skin_most() -> None:
    gain = {}
    for tone in (PALE, DARK):
        skin, lesion, layers = drawn(["patch", "depigmentation"], tone)
        gain[tone] = mean_inside(lesion, layers).mean() - mean_inside(skin, layers).mean()

    assert gain[DARK] > 0.3
    assert gain[DARK] > gain[PALE]


def test_blood_darkens_dark_skin_and_never_lights_it() -> None:
    skin, lesion, layers = drawn(["patch", "erythema"], DARK)

    before, after = mean_inside(skin, layers), mean_inside(lesion, layers)
    assert (after < before).all()
    assert after[0] / after[1] > before[0] / before[1]


@pytest.mark.parametrize("finding", ["papule", "plaque", "nodule", "wheal", "vesicle"])
def test_what_is_raised_is_higher_than_the_skin_around(finding: str) -> None:
    _, _, layers = drawn([finding])

    assert layers.height[layers.cover > 0.9].mean() > layers.height[layers.cover < 0.1].mean() + 1e-3


@pytest.mark.parametrize("finding", ["ulcer", "erosion", "atrophic scar"])
def test_what_is_lost_is_lower_than_the_skin_around(finding: str) -> None:
    _, _, layers = drawn([finding])

    assert layers.height[layers.cover > 0.9].mean() < layers.height[layers.cover < 0.1].mean()


def test_a_solitary_lesion_covers_less_than_many() -> None:
    one, many = (drawn(["papule", number])[2] for number in ("solitary lesion", "multiple lesions"))

    assert one.cover.sum() < 0.5 * many.cover.sum()


def test_an_ill_defined_border_is_softer() -> None:
    sharp, soft = (drawn(["patch", border])[2] for border in ("well-demarcated border", "ill-defined border"))

    def transition(layers: Layers) -> float:
        return float(((layers.cover > 0.1) & (layers.cover < 0.9)).mean())

    assert transition(soft) > 2 * transition(sharp)


def test_a_ring_is_clear_in_its_middle() -> None:
    plain, ring = (drawn(["plaque", "erythema", "solitary lesion", *more])[2] for more in ([], ["annular"]))
    middle = plain.cover > 0.999
    core = np.argwhere(middle).mean(0).astype(int)

    assert ring.blood[tuple(core)] < 0.5 * plain.blood[tuple(core)]


def test_bald_patches_take_hair_away() -> None:
    _, _, layers = drawn(["hair loss patch"], site="scalp")

    assert layers.hairless.max() > 0.9


@pytest.mark.parametrize("finding", sorted(load_appearance().findings))
def test_every_finding_can_be_seen(finding: str) -> None:
    look = load_appearance().findings[finding]
    rng = np.random.default_rng(3)
    draw = dermoscopic if look.aspect == "structure" else SITES[min(look.on, default="trunk")]
    alone = look.aspect == "structure" or (look.carries and look.shows_uncoloured)
    company = [] if alone else ["plaque", "papule", "brown"]

    def layers_with(findings: list[str]) -> Layers:
        setting = draw(np.random.default_rng(1), SIZE, base_reflectance(PALE, np.random.default_rng(2)))
        return draw_lesion(
            load_appearance(),
            findings,
            setting,
            View(),
            lesion_rng=np.random.default_rng(4),
            texture_rng=np.random.default_rng(5),
        )

    setting = draw(rng, SIZE, base_reflectance(PALE, rng))
    with_it, without = layers_with([*company, finding]), layers_with(company)
    surfaces = [tint(setting.surface, layers) for layers in (with_it, without)]
    relief = np.abs(with_it.height - without.height) + np.abs(with_it.gloss - without.gloss)
    bald = np.abs(with_it.hairless - without.hairless)

    assert np.abs(surfaces[0] - surfaces[1]).max() > 0.02 or relief.max() > 0.002 or bald.max() > 0.1


@pytest.mark.parametrize("site", sorted(SITES))
def test_a_site_leaves_room_for_a_lesion(site: str) -> None:
    rng = np.random.default_rng(0)
    setting = SITES[site](rng, SIZE, base_reflectance(PALE, rng))
    x, y = setting.centre

    assert setting.room[int(y * SIZE), int(x * SIZE)] > 0.9
    assert setting.room.mean() > 0.1
    assert np.isfinite(setting.surface).all()
    assert setting.surface.min() >= 0


def test_the_same_scene_gives_the_same_picture(scenes: list[Scene]) -> None:
    first, second = (render(scenes[7], 11, SIZE) for _ in range(2))

    np.testing.assert_array_equal(first, second)


def test_pictures_are_neither_black_nor_blown_out(scenes: list[Scene]) -> None:
    means = np.array([render(scene, 11, SIZE).mean() for scene in scenes[:60]])

    assert means.min() > 20
    assert means.max() < 245


def test_darker_tones_give_darker_pictures(scenes: list[Scene]) -> None:
    brightness = {"light": [], "dark": []}
    for scene in scenes[:160]:
        tone = int(scene.patient.monk.rsplit(" ", 1)[1])
        if tone <= 3 or tone >= 8:
            brightness["light" if tone <= 3 else "dark"].append(render(scene, 11, 32).mean())

    assert np.mean(brightness["light"]) > 1.4 * np.mean(brightness["dark"])


def test_a_colour_code_becomes_linear_light() -> None:
    np.testing.assert_allclose(colour("#ff8000").ravel(), [1.0, 0.2158605, 0.0], atol=1e-4)
