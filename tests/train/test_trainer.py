"""A run can be stopped anywhere and goes on to the same weights; it refuses what would silently differ."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import torch

from kg.errors import InputError
from train.checkpoint import load_checkpoint
from train.config import Config, Optimizer
from train.trainer import fit

ROOT = Path(__file__).parents[2]


def weights(run: Path) -> dict[str, torch.Tensor]:
    state = load_checkpoint(run)
    return dict(state["weights"])


def test_stopping_half_way_changes_no_bit_of_the_result(small_config: Config, spots: Path, tmp_path: Path) -> None:
    whole = fit(small_config, spots, tmp_path / "whole", device="cpu")
    half = fit(small_config, spots, tmp_path / "halves", device="cpu", stop_at=10)
    rest = fit(small_config, spots, tmp_path / "halves", device="cpu")

    assert (whole.step, half.step, rest.step) == (20, 10, 20)
    assert (half.finished, rest.finished) == (False, True)
    one, other = weights(tmp_path / "whole"), weights(tmp_path / "halves")
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_finished_run_is_left_as_it_is(small_config: Config, spots: Path, tmp_path: Path) -> None:
    fit(small_config, spots, tmp_path, device="cpu")
    before = weights(tmp_path)
    again = fit(small_config, spots, tmp_path, device="cpu")
    assert again.finished
    assert all(torch.equal(before[name], value) for name, value in weights(tmp_path).items())


def test_training_lowers_the_loss(small_config: Config, spots: Path, tmp_path: Path) -> None:
    fit(small_config, spots, tmp_path, device="cpu")
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [5, 10, 15, 20]
    assert lines[-1]["loss"] < lines[0]["loss"] - 0.1
    assert all(line["own_mass"] > 0.8 and 0 < line["same_condition"] < 12 for line in lines)


def test_a_run_folder_tells_what_was_trained_on(small_config: Config, spots: Path, tmp_path: Path) -> None:
    result = fit(small_config, spots, tmp_path, device="cpu", stop_at=1)
    account = json.loads((tmp_path / "run.json").read_text())
    assert (result.pairs, result.images, account["texts"]) == (48, 24, 27)
    assert account["ontology_version"] == "test"
    assert Config.load(tmp_path / "config.toml") == small_config
    assert pq.read_table(tmp_path / "trained_on.parquet").column_names == ["image", "group", "conditions"]


def test_other_pairs_are_refused(small_config: Config, spots: Path, tmp_path: Path) -> None:
    fit(small_config, spots, tmp_path / "run", device="cpu", stop_at=2)
    other = tmp_path / "other.parquet"
    pq.write_table(pq.read_table(spots).slice(0, 40), other)
    with pytest.raises(InputError, match="other pairs: pairs_sha256 was"):
        fit(small_config, other, tmp_path / "run", device="cpu")


def test_another_configuration_is_refused_and_named(small_config: Config, spots: Path, tmp_path: Path) -> None:
    fit(small_config, spots, tmp_path, device="cpu", stop_at=2)
    changed = replace(small_config, optimizer=Optimizer(learning_rate=0.5, warmup_steps=4))
    with pytest.raises(InputError, match=r"optimizer\.learning_rate was 0\.001 and is 0\.5"):
        fit(changed, spots, tmp_path, device="cpu")


def test_a_loss_that_is_not_finite_stops_before_it_spoils_the_weights(
    small_config: Config, spots: Path, tmp_path: Path
) -> None:
    fit(small_config, spots, tmp_path / "seed", device="cpu", stop_at=1)
    state = load_checkpoint(tmp_path / "seed")
    state["weights"]["text_projection"].fill_(float("inf"))
    torch.save(state, tmp_path / "seed" / "checkpoint.pt")
    with pytest.raises(InputError, match=r"not finite.*spots:"):
        fit(small_config, spots, tmp_path / "seed", device="cpu")


def test_a_truncated_image_is_left_out_and_counted(small_config: Config, spots: Path, tmp_path: Path) -> None:
    table = pq.read_table(spots)
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(Path(table["filepath"][0].as_py()).read_bytes()[:900])
    paths = table["filepath"].to_pylist()
    paths[0] = paths[1] = str(broken)
    paths[2] = paths[3] = None
    pairs = tmp_path / "pairs.parquet"
    place = table.schema.get_field_index("filepath")
    pq.write_table(table.set_column(place, "filepath", [paths]), pairs)

    result = fit(small_config, pairs, tmp_path / "run", device="cpu", stop_at=1)
    assert result.skipped == {"no image file": 2, "truncated": 1}
    assert (result.images, result.pairs) == (22, 44)
    assert str(broken) in (tmp_path / "run" / "skipped.csv").read_text()


def start(config: Path, pairs: Path, run: Path) -> "subprocess.Popen[bytes]":
    program = (
        "import sys; from pathlib import Path; from train.config import Config; from train.trainer import fit; "
        "print(fit(Config.load(Path(sys.argv[1])), Path(sys.argv[2]), Path(sys.argv[3]), device='cpu').as_text())"
    )
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, "-c", program, config, pairs, run], cwd=ROOT, env=environment)


def wait_for_line(file: Path, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 60
    while not (file.exists() and file.stat().st_size):
        assert process.poll() is None, "the run ended before it wrote a line"
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_that_was_ended_from_outside_goes_on(
    small_config: Config, spots: Path, tmp_path: Path, number: signal.Signals
) -> None:
    record = replace(small_config.record, log_every_steps=1, save_every_steps=3)
    schedule = replace(small_config.schedule, epochs=5)
    config = tmp_path / "config.toml"
    config.write_text(replace(small_config, record=record, schedule=schedule).to_toml())
    run = tmp_path / "run"
    process = start(config, spots, run)
    wait_for_line(run / "metrics.jsonl", process)
    os.kill(process.pid, number)
    code = process.wait()
    assert code == (-number if number == signal.SIGKILL else 0)

    assert start(config, spots, run).wait() == 0
    steps = [json.loads(line)["step"] for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert steps == list(range(1, 11))
    assert load_checkpoint(run)["step"] == 10
