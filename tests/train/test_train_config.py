"""A configuration is strict: what it does not know it names, with the nearest that it does."""

from pathlib import Path

import pytest

from kg.errors import InputError
from train.config import Config

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.toml")), ids=lambda path: path.stem)
def test_the_shipped_configurations_load(path: Path) -> None:
    assert Config.load(path).schedule.batch_size > 1


def test_a_configuration_written_as_toml_reads_back_equal(tmp_path: Path) -> None:
    odd = {"model": {"name": 'a "quoted" \\ name'}, "data": {"text_kinds": ["caption"]}, "optimizer": {"epsilon": 1e-6}}
    config = Config.from_dict(odd)
    (tmp_path / "c.toml").write_text(config.to_toml(), encoding="utf-8")
    assert Config.load(tmp_path / "c.toml") == config


def test_a_change_takes_the_place_of_what_the_file_says(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("[schedule]\nepochs = 9\nbatch_size = 4\n", encoding="utf-8")
    config = Config.load(tmp_path / "c.toml", ["schedule.epochs=2", "model.name=ViT-B-16", 'loss.name = "clip"'])
    assert (config.schedule.epochs, config.schedule.batch_size) == (2, 4)
    assert (config.model.name, config.loss.name) == ("ViT-B-16", "clip")


@pytest.mark.parametrize("change", ["schedule.epoch=2", "schedule.epochs=two", "epochs", "= 3", "schedule=1"])
def test_a_mistaken_change_is_named(tmp_path: Path, change: str) -> None:
    (tmp_path / "c.toml").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match=r"c\.toml: .*(epoch|schedule|TOML)"):
        Config.load(tmp_path / "c.toml", [change])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sed = 1", "unknown key 'sed': did you mean 'seed'"),
        ("[optimizer]\nlearning_rat = 1.0", r"unknown key 'optimizer\.learning_rat': did you mean 'learning_rate'"),
        ("[zzz]\na = 1", "unknown key 'zzz': known here are seed"),
        ("model = 'tiny'", r"'model' is a table: write it as \[model\]"),
        ("[schedule]\nepochs = 'many'", r"'schedule\.epochs' must be int, not 'many'"),
        ("[schedule]\nepochs = true", r"'schedule\.epochs' must be int"),
        ("[schedule]\nbatch_size = 1", r"'schedule\.batch_size' must lie between 2 and"),
        ("[optimizer]\nlearning_rate = nan", r"'optimizer\.learning_rate' must lie between"),
        ("[loss]\nname = 'siglip'", "must be one of clip, label_aware"),
        ("[loss]\ndiscount = 1.0", "has no lower bound"),
        ("[data]\ntext_kinds = 'caption'", "must be a list of strings"),
        ("seed = ", "not TOML"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "c.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as raised:
        Config.load(path)
    assert str(path) in str(raised.value)


def test_a_whole_number_will_do_where_a_fraction_is_meant() -> None:
    assert Config.from_dict({"optimizer": {"weight_decay": 0}}).optimizer.weight_decay == 0.0


def test_threads_and_records_do_not_decide_the_result() -> None:
    one = Config.from_dict({"data": {"workers": 7}, "record": {"log_every_steps": 3}})
    assert one.result_keys() == Config().result_keys()
    assert Config.from_dict({"seed": 1}).result_keys() != Config().result_keys()
