"""Encoders give unit vectors, the same for the same input whatever stands beside it."""

import re
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image

from embed.encoders import OpenClipEncoder, choose_device
from kg.errors import InputError
from kg.graph import KnowledgeGraph
from kg.neo4j.vectors import read_vectors

DESCRIPTION = Path(__file__).parents[1] / "train" / "spot.json"


@pytest.fixture(scope="module")
def encoder() -> OpenClipEncoder:
    open_clip.add_model_config(DESCRIPTION)
    torch.manual_seed(0)
    model = open_clip.create_model("spot", output_dict=True)
    return OpenClipEncoder(model, open_clip.get_tokenizer("spot"), torch.device("cpu"), batch_size=3, workers=2)


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("pictures")
    found = []
    for n in range(7):
        pixels = np.random.default_rng(n).integers(0, 256, (40, 50, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{n}.png")
        found.append(str(folder / f"{n}.png"))
    return found


def test_texts_become_unit_vectors(encoder: OpenClipEncoder) -> None:
    features = encoder.encode_texts(["melanoma", "psoriasis", "", "acne vulgaris " * 50])
    assert features.shape == (4, encoder.dimension) == (4, 16)
    assert np.linalg.norm(features, axis=1) == pytest.approx(np.ones(4), abs=1e-5)


def test_no_texts_and_no_images_give_no_rows(encoder: OpenClipEncoder) -> None:
    assert encoder.encode_texts([]).shape == (0, 16)
    assert encoder.encode_images([]).features.shape == (0, 16)


def test_images_become_unit_vectors_in_their_order(encoder: OpenClipEncoder, paths: list[str]) -> None:
    together = encoder.encode_images(paths).features
    alone = np.concatenate([encoder.encode_images([path]).features for path in paths])
    assert together == pytest.approx(alone, abs=1e-5)
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(7), abs=1e-5)


def test_an_unreadable_image_is_named_and_has_no_numbers(encoder: OpenClipEncoder, paths: list[str]) -> None:
    encoded = encoder.encode_images([*paths[:4], "/absent.png", paths[4]])
    assert encoded.unreadable == {4: "file not found"}
    assert np.isnan(encoded.features).any(axis=1).tolist() == [False] * 4 + [True, False]


def test_pictures_are_prepared_as_open_clip_prepares_them(encoder: OpenClipEncoder, paths: list[str]) -> None:
    transform = open_clip.image_transform(32, is_train=False)
    torch.manual_seed(0)
    model = open_clip.create_model("spot", output_dict=True).eval()
    with torch.inference_mode():
        batch = torch.stack([transform(Image.open(path)) for path in paths])
        theirs = model.encode_image(batch, normalize=True).numpy()
    cosines = (encoder.encode_images(paths).features * theirs).sum(axis=1)
    assert cosines.min() > 0.99


def test_the_documentation_makes_a_table_for_neo4j(
    encoder: OpenClipEncoder, atlas_graph: KnowledgeGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "neo4j.md").read_text(encoding="utf-8")
    [example] = [text for text in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "OpenClipEncoder" in text]
    monkeypatch.setattr(OpenClipEncoder, "load", lambda *_, **__: encoder)
    (tmp_path / "derm.kg").symlink_to(atlas_graph.folder.parents[1])
    monkeypatch.chdir(tmp_path)
    exec(example, {})
    table = read_vectors(tmp_path / "embeddings.parquet")
    assert table["id"].to_pylist() == atlas_graph.images()["image"].to_pylist()


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(InputError, match="cannot load model 'no-such-model'"):
        OpenClipEncoder.load("no-such-model")


@pytest.mark.parametrize("name", ["quantum", "cuda:99"])
def test_an_absent_device_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=name):
        choose_device(name)
