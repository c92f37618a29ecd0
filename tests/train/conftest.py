"""Small real pairs: JPEG files of coloured spots on skin, where the colour tells the condition."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from train.config import Config

Writer = Callable[..., Path]

LISTS = pa.list_(pa.string())
SCHEMA = pa.schema(
    [
        *(
            (name, pa.string())
            for name in ("pair", "image", "filepath", "text", "text_kind", "source", "group", "split")
        ),
        *((name, LISTS) for name in ("conditions", "skin_tone")),
    ],
    metadata={"ontology_version": "test", "selection": "{}"},
)


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Models as small as these are slower on several threads, much slower where the cores are busy."""
    torch.set_num_threads(1)


def draw_spot(path: Path, colour: tuple[int, int, int], seed: int) -> None:
    """A spot of that colour somewhere on noisy skin, 80 x 72 pixels."""
    chance = np.random.default_rng(seed)
    picture = chance.normal((205, 165, 140), 8, (72, 80, 3))
    y, x = np.mgrid[:72, :80]
    centre, radius = chance.uniform(24, 48, 2), chance.uniform(12, 20)
    picture[(y - centre[0]) ** 2 + (x - centre[1]) ** 2 < radius**2] = colour
    Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(path, quality=90)


@pytest.fixture(scope="session")
def write_pairs(tmp_path_factory: pytest.TempPathFactory) -> Writer:
    """Writes a Parquet file of pairs: `count` images of each (condition, colour, words), two texts for each image."""

    def write(
        kinds: list[tuple[list[str], tuple[int, int, int], str]],
        count: int = 8,
        *,
        prefix: str = "spots",
        tones: list[str] | None = None,
        texts: int = 2,
        seed: int = 0,
    ) -> Path:
        folder = tmp_path_factory.mktemp(prefix)
        rows = []
        for kind, (conditions, colour, words) in enumerate(kinds):
            for number in range(count):
                image = f"{prefix}:{kind}-{number}"
                file = folder / f"{kind}-{number}.jpg"
                draw_spot(file, colour, seed + 1000 * kind + number)
                for n, text in enumerate([f"{words}, photograph {number}", f"A picture of {words}."][:texts]):
                    row = {"pair": f"{image}:caption:{n}", "image": image, "filepath": str(file), "text": text}
                    row |= {"text_kind": "caption", "source": prefix, "conditions": conditions, "split": "train"}
                    row |= {"skin_tone": [tones[number % len(tones)]] if tones else []}
                    rows.append(row | {"group": f"{prefix}:patient-{kind}-{number // 2}"})
        path = folder / "pairs.parquet"
        pq.write_table(pa.Table.from_pylist(rows, SCHEMA), path)
        return path

    return write


@pytest.fixture(scope="session")
def spots(write_pairs: Writer) -> Path:
    """24 images of three conditions, one of them without a label."""
    return write_pairs(
        [
            (["DERM:1"], (150, 40, 40), "a red spot"),
            (["DERM:2"], (70, 40, 20), "a brown spot"),
            ([], (90, 90, 160), "a blue spot"),
        ]
    )


@pytest.fixture(scope="session")
def small_config() -> Config:
    """A run of some 20 steps with a model of 32 x 32 pixels that trains in seconds."""
    return Config.from_dict(
        {
            "model": {"name": str(Path(__file__).parent / "spot.json")},
            "schedule": {"epochs": 10, "batch_size": 12},
            "optimizer": {"learning_rate": 1e-3, "warmup_steps": 4},
            "record": {"log_every_steps": 5},
        }
    )
