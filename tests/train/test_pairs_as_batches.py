"""Batches are a function of the seed and the step alone, and say what their pairs have in common."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import open_clip
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from embed.images import ImageError
from kg.errors import InputError
from train.config import Config, Data, Schedule
from train.data import TrainingSet, read_pairs


def load(path: Path, config: Config) -> TrainingSet:
    return TrainingSet(read_pairs(path), open_clip.SimpleTokenizer(context_length=16), config, 32, progress=False)


def rows(data: TrainingSet, steps: int) -> np.ndarray:
    return np.concatenate([data.choose_rows(step) for step in range(steps)])


def test_an_epoch_takes_one_text_of_every_image(small_config: Config, spots: Path) -> None:
    data = load(spots, small_config)
    taken = rows(data, data.steps_per_epoch)
    assert sorted(data.image_of_pair[taken]) == list(range(24))


def test_over_epochs_every_text_is_taken(small_config: Config, spots: Path) -> None:
    data = load(spots, small_config)
    assert set(rows(data, 20 * data.steps_per_epoch)) == set(range(48))


def test_sampling_pairs_takes_every_pair_once_an_epoch(small_config: Config, spots: Path) -> None:
    data = load(spots, replace(small_config, data=Data(sampling="pair")))
    assert sorted(rows(data, data.steps_per_epoch)) == list(range(48))


def test_the_order_follows_the_seed_and_differs_between_epochs(small_config: Config, spots: Path) -> None:
    one, same, other = (load(spots, replace(small_config, seed=seed)) for seed in (1, 1, 2))
    assert rows(one, 4).tolist() == rows(same, 4).tolist()
    assert rows(one, 4).tolist() != rows(other, 4).tolist()
    assert rows(one, 2).tolist() != rows(one, 4)[24:].tolist()


def test_a_batch_larger_than_the_set_is_the_set(small_config: Config, spots: Path) -> None:
    data = load(spots, replace(small_config, schedule=Schedule(batch_size=4096)))
    assert (data.batch_size, data.steps_per_epoch) == (24, 1)


def test_a_batch_holds_what_its_rows_hold(small_config: Config, spots: Path) -> None:
    data = load(spots, small_config)
    table = pq.read_table(spots)
    expected = {row["pair"]: row for row in table.to_pylist()}
    tokenizer = open_clip.SimpleTokenizer(context_length=16)
    for batch in data.iterate(0, 3):
        for n, pair in enumerate(batch.pairs):
            row = expected[pair]
            assert data.images[batch.image[n]] == row["image"]
            assert batch.tokens[n].tolist() == tokenizer([row["text"]])[0].tolist()
            assert batch.conditions[n].sum() == len(row["conditions"])
        agree = batch.conditions @ batch.conditions.T > 0
        labels = [expected[pair]["conditions"] for pair in batch.pairs]
        assert agree.tolist() == [[bool(set(a) & set(b)) for b in labels] for a in labels]


def test_images_read_each_time_equal_those_kept_in_memory(small_config: Config, spots: Path) -> None:
    kept = load(spots, small_config)
    read = load(spots, replace(small_config, data=Data(memory_mb=0)))
    with ThreadPoolExecutor(2) as pool:
        assert np.array_equal(kept.load_batch(1, pool).pixels, read.load_batch(1, pool).pixels)


def test_an_image_that_vanishes_during_training_is_named(small_config: Config, spots: Path, tmp_path: Path) -> None:
    table = pq.read_table(spots)
    paths = table["filepath"].to_pylist()
    moved = tmp_path / "moved.jpg"
    moved.write_bytes(Path(paths[0]).read_bytes())
    paths[0] = paths[1] = str(moved)
    pairs = tmp_path / "pairs.parquet"
    pq.write_table(table.set_column(table.schema.get_field_index("filepath"), "filepath", [paths]), pairs)
    data = load(pairs, replace(small_config, data=Data(memory_mb=0)))
    moved.unlink()
    with pytest.raises(ImageError, match=r"moved\.jpg: file not found"):
        list(data.iterate(0, data.steps_per_epoch))


def test_kinds_of_text_can_be_chosen(small_config: Config, spots: Path) -> None:
    with pytest.raises(InputError, match="names poem, but the pairs have only: caption"):
        load(spots, replace(small_config, data=Data(text_kinds=["poem"])))


def test_a_file_that_is_no_table_of_pairs_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "pairs.csv"
    text.write_text("pair,image\n")
    with pytest.raises(InputError, match=r"not a Parquet file of pairs.*export-pairs"):
        read_pairs(text)
    pq.write_table(pa.table({"pair": ["a"]}), tmp_path / "thin.parquet")
    with pytest.raises(InputError, match="no column image, filepath, text"):
        read_pairs(tmp_path / "thin.parquet")


def test_pairs_without_images_say_why(small_config: Config, spots: Path, tmp_path: Path) -> None:
    table = pq.read_table(spots)
    empty = pa.array([None] * table.num_rows, pa.string())
    pairs = tmp_path / "pairs.parquet"
    pq.write_table(table.set_column(table.schema.get_field_index("filepath"), "filepath", empty), pairs)
    with pytest.raises(InputError, match=r"0 usable images, at least 2 are needed; .* 48 no image file"):
        load(pairs, small_config)
