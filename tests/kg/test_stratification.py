"""Split files: every class has its share, what is written once stays, and later groups are added."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import InputError
from kg.image_facts import gather_lists
from kg.selection import Selection
from kg.split_file import read_split_file
from kg.splits import SPLITS
from kg.stratification import extend_split_file, stratify

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph
    from kg.ontology import Ontology

CONDITIONS = {"plaque psoriasis": 30, "nodular melanoma": 10, "basal cell carcinoma": 20}


@pytest.fixture(scope="module")
def clinic(
    write_graph: Callable[..., "KnowledgeGraph"], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[int], "KnowledgeGraph"]:
    """A function that makes a graph of patients with two images each; the first patients are always the same."""

    def make(times: int) -> "KnowledgeGraph":
        names = [name for _ in range(times) for name, count in CONDITIONS.items() for _ in range(count)]
        images = [{"image": f"s:{i}", "patient": f"s:P{i // 2}"} for i in range(len(names))]
        facts = [(f"s:{i}", "depicts", name) for i, name in enumerate(names)]
        return write_graph(tmp_path_factory.mktemp("clinic") / "derm.kg", images, facts)

    return make


def test_every_condition_has_its_share(clinic: Callable[[int], "KnowledgeGraph"], tmp_path: Path) -> None:
    report = extend_split_file(clinic(1), tmp_path / "splits.tsv", by="condition", shares=(0.6, 0.2, 0.2))
    assert report.classes == {
        name: {"train": 0.6 * count, "val": 0.2 * count, "test": 0.2 * count} for name, count in CONDITIONS.items()
    } | {"basal cell carcinoma": {"train": 12, "val": 4, "test": 4}}
    assert (report.known, report.new) == (0, 30)


@pytest.mark.parametrize("shares", [(0.8, 0.1, 0.1), (0.6, 0.2, 0.2)])
def test_patients_of_several_conditions_and_of_many_images_leave_every_share_as_asked(
    write_graph: Callable[..., "KnowledgeGraph"], tmp_path: Path, shares: tuple[float, ...]
) -> None:
    """Every third patient has two conditions, with one to seven images of one and one of the other."""
    names = ["plaque psoriasis", "nodular melanoma", "basal cell carcinoma", "seborrheic keratosis"]
    images, facts = [], []
    for patient in range(240):
        own = [names[patient % 4]] * (1 + patient % 7) + [names[(patient + 1) % 4]] * (patient % 3 == 0)
        for number, name in enumerate(own):
            images.append({"image": f"s:{patient}-{number}", "patient": f"s:P{patient}"})
            facts.append((f"s:{patient}-{number}", "depicts", name))
    report = extend_split_file(
        write_graph(tmp_path / "derm.kg", images, facts), tmp_path / "splits.tsv", by="condition", shares=shares
    )
    for by_split in report.classes.values():
        of_class = sum(by_split.values())
        assert list(by_split.values()) == pytest.approx([share * of_class for share in shares], abs=2)
    total = [sum(by_split[split] for by_split in report.classes.values()) for split in SPLITS]
    assert total == pytest.approx([share * len(images) for share in shares], abs=3)


def test_classes_of_one_image_are_shared_among_the_splits(
    write_graph: Callable[..., "KnowledgeGraph"], ontology: "Ontology", tmp_path: Path
) -> None:
    conditions = [term.label for term in ontology.terms("disease") if term.level == 4][:100]
    images = [{"image": f"s:{number}"} for number in range(100)]
    facts = [(f"s:{number}", "depicts", name) for number, name in enumerate(conditions)]
    report = extend_split_file(
        write_graph(tmp_path / "derm.kg", images, facts), tmp_path / "splits.tsv", by="condition"
    )
    assert [sum(own[split] for own in report.classes.values()) for split in SPLITS] == [80, 10, 10]


def test_groups_keep_their_split_and_new_ones_are_added(
    clinic: Callable[[int], "KnowledgeGraph"], tmp_path: Path
) -> None:
    path = tmp_path / "splits.tsv"
    extend_split_file(clinic(1), path, by="condition", shares=(0.6, 0.2, 0.2))
    before = path.read_text().splitlines()
    report = extend_split_file(clinic(2), path)
    assert path.read_text().splitlines()[: len(before)] == before
    assert (report.known, report.new, report.by) == (30, 30, "condition")
    assert report.classes["plaque psoriasis"] == {"train": 36, "val": 12, "test": 12}


def test_a_selection_takes_the_splits_of_the_file(clinic: Callable[[int], "KnowledgeGraph"], tmp_path: Path) -> None:
    path, graph = tmp_path / "splits.tsv", clinic(1)
    extend_split_file(graph, path, by="level_1")
    told = read_split_file(path)
    said = dict(zip(told.groups.to_pylist(), told.splits.to_pylist(), strict=True))
    for split in SPLITS:
        selected = Selection(split=split, split_file=path, seed=99).apply(graph)
        assert set(selected["group"].to_pylist()) == {group for group, own in said.items() if own == split}


def test_without_a_class_the_hash_decides_as_it_does_without_a_file(
    clinic: Callable[[int], "KnowledgeGraph"], tmp_path: Path
) -> None:
    path, graph = tmp_path / "splits.tsv", clinic(1)
    extend_split_file(graph, path, seed=7)
    by_hash, by_file = Selection(seed=7), Selection(seed=7, split_file=path)
    assert by_hash.apply(graph)["split"].to_pylist() == by_file.apply(graph)["split"].to_pylist()


def test_a_file_of_another_class_is_refused(clinic: Callable[[int], "KnowledgeGraph"], tmp_path: Path) -> None:
    path = tmp_path / "splits.tsv"
    extend_split_file(clinic(1), path, by="condition")
    with pytest.raises(InputError, match="was made by condition, not by level_2"):
        extend_split_file(clinic(1), path, by="level_2")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("group\tsplit\n", "not a split file"),
        ("# seed 0, shares 0.8,0.1,0.1\ngroup\tsplit\na\tdev\n", "line 3: a group and one of train, val, test"),
        ("# seed 0, shares 0.8,0.1,0.1\ngroup\tsplit\na\tval\na\tval\n", "line 4: the group a has a split already"),
    ],
)
def test_a_file_that_is_no_split_file_is_refused_with_the_line(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "splits.tsv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_split_file(path)


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 4), max_size=3), min_size=1, max_size=40), st.integers(0, 9))
def test_each_group_is_allotted_once_and_fixed_ones_stay(classes: list[list[int]], seed: int) -> None:
    rows = np.repeat(np.arange(len(classes)), [len(own) for own in classes])
    lists = gather_lists(rows, np.array([c for own in classes for c in own], np.int64), 5, len(classes))
    chance = np.random.default_rng(seed)
    fixed = chance.integers(-1, 3, len(classes))
    images, sizes = np.ones(len(lists.codes), np.int64), np.ones(len(classes), np.int64)
    draws = chance.random(len(classes))
    splits = stratify(lists, images, sizes, draws=draws, shares=(0.6, 0.2, 0.2), fixed=fixed)
    assert set(splits) <= {0, 1, 2}
    assert (splits[fixed >= 0] == fixed[fixed >= 0]).all()
