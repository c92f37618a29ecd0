"""Samples: at most so many images of a condition, or as many of each class, the same ones for the same seed."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from kg.errors import InputError
from kg.export import export
from kg.sampling import Sampling
from kg.selection import Selection

if TYPE_CHECKING:
    import pyarrow as pa

    from kg.graph import KnowledgeGraph

FREQUENT, RARE = 12, 5
TONES = ("Fitzpatrick skin type II", "Fitzpatrick skin type V", "Monk skin tone 8")


@pytest.fixture(scope="module")
def graph(write_graph: Callable[..., "KnowledgeGraph"], tmp_path_factory: pytest.TempPathFactory) -> "KnowledgeGraph":
    """Twelve images of plaque psoriasis, five of nodular melanoma, one of both, one without a condition."""
    names = [f"s:{number}" for number in range(FREQUENT + RARE)]
    conditions = ["plaque psoriasis"] * FREQUENT + ["nodular melanoma"] * RARE
    facts = [(name, "depicts", condition) for name, condition in zip(names, conditions, strict=True)]
    facts += [(name, "hasSkinTone", TONES[number % 3]) for number, name in enumerate(names)]
    facts += [("s:both", "depicts", "plaque psoriasis"), ("s:both", "depicts", "nodular melanoma")]
    facts += [("s:none", "shows", "papule")]
    images = [{"image": name} for name in [*names, "s:both", "s:none"]]
    return write_graph(tmp_path_factory.mktemp("sampled") / "derm.kg", images, facts)


def images(graph: "KnowledgeGraph", out: Path, sampling: Sampling) -> "pa.Table":
    account = export(graph, Selection(), out / "pairs.parquet", sampling=sampling)
    assert account.selected == account.written + sum(account.left_out.values())
    return pq.read_table(account.path, columns=["image", "level_4", "skin_tone"])


def count(table: "pa.Table", column: str) -> Counter[object]:
    return Counter({row["image"]: row[column] for row in table.to_pylist()}.values())


def test_a_cap_holds_for_each_condition(graph: "KnowledgeGraph", tmp_path: Path) -> None:
    table = images(graph, tmp_path, Sampling(cap=4))
    assert sorted(count(table, "level_4").values()) == [1, 4, 4]  # one without a condition
    assert len(count(images(graph, tmp_path, Sampling(cap=100)), "image")) == FREQUENT + RARE + 2


def test_a_larger_cap_takes_nothing_away(graph: "KnowledgeGraph", tmp_path: Path) -> None:
    small, large = (set(images(graph, tmp_path, Sampling(cap=cap))["image"].to_pylist()) for cap in (3, 7))
    assert small < large


def test_a_seed_gives_the_same_sample_and_another_seed_another(graph: "KnowledgeGraph", tmp_path: Path) -> None:
    one, again, other = (images(graph, tmp_path, Sampling(cap=3, seed=seed))["image"].to_pylist() for seed in (1, 1, 2))
    assert one == again
    assert one != other


def test_balance_takes_as_many_of_each_class_and_none_without(graph: "KnowledgeGraph", tmp_path: Path) -> None:
    by_level = images(graph, tmp_path, Sampling(balance="level_1"))
    assert set(count(by_level, "level_4").values()) == {RARE}
    assert "s:none" not in by_level["image"].to_pylist()
    by_tone = images(graph, tmp_path, Sampling(balance="fitzpatrick"))
    assert count(by_tone, "image").total() == 12
    assert not [tones for tones in by_tone["skin_tone"].to_pylist() if tones == ["Monk skin tone 8"]]


def test_classes_that_are_too_small_do_not_set_the_number(graph: "KnowledgeGraph", tmp_path: Path) -> None:
    table = images(graph, tmp_path, Sampling(balance="condition", at_least=RARE + 1))
    assert sorted(count(table, "level_4").values()) == [RARE, FREQUENT + 1]


def test_what_is_left_out_is_said(graph: "KnowledgeGraph", tmp_path: Path) -> None:
    account = export(graph, Selection(), tmp_path / "pairs.parquet", sampling=Sampling(cap=4, balance="condition"))
    assert account.left_out == {"beyond 4 images of a condition": 10, "no class by condition": 1}
    assert account.written == 8


@pytest.mark.parametrize(
    ("sampling", "message"),
    [
        ({"balance": "colour"}, "choose from condition, level_1, level_2, level_3, level_4, fitzpatrick, monk"),
        ({"balance": "condition", "at_least": 90}, "has 90 images: ask for fewer"),
    ],
)
def test_what_cannot_be_balanced_is_refused(
    sampling: dict[str, object], message: str, graph: "KnowledgeGraph", tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=message):
        images(graph, tmp_path, Sampling(**sampling))  # type: ignore[arg-type]
