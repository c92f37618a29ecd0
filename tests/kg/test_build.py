"""Building a graph: pairs, facts, the account, and what an interrupted build leaves behind."""

import json
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.account import SourceAccount
from kg.build import build
from kg.composition import carry_facts, compose_pairs
from kg.errors import InputError
from kg.folder import new_build
from kg.graph import KnowledgeGraph, prune
from kg.pairs import IMAGES

if TYPE_CHECKING:
    from kg.ontology import Ontology

ROOT = Path(__file__).parents[2]
CLINIC = Path(__file__).parent / "data" / "clinic"
PROGRAM = """
import sys
from pathlib import Path
from kg.build import build
from kg.ontology import Ontology
build([("clinic", Path(sys.argv[1]))], Path(sys.argv[2]), ontology=Ontology.load())
"""


def _images(*names: str) -> pa.Table:
    rows = [{"image": name, "source": "s", "key": name, "available": False} for name in names]
    return pa.Table.from_pylist(rows, IMAGES)


def _texts(*rows: tuple[str, str]) -> pa.Table:
    schema = pa.schema([("image", pa.string()), ("text", pa.string())])
    return pa.Table.from_pylist([{"image": image, "text": text} for image, text in rows], schema)


def _build_elsewhere(out: Path, **options: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", PROGRAM, str(CLINIC), str(out)]
    return subprocess.Popen(command, cwd=ROOT, text=True, stderr=subprocess.PIPE, **options)  # type: ignore[call-overload,no-any-return]


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def built(tmp_path: Path, clinic_graph: KnowledgeGraph) -> Path:
    """A copy of a graph, for later builds to replace."""
    return Path(shutil.copytree(clinic_graph.folder.parents[1], tmp_path / "derm.kg"))


def test_the_nth_text_of_a_kind_makes_the_nth_pair_of_its_image() -> None:
    pairs = compose_pairs(
        _images("s:1", "s:2"),
        _texts(("s:2", "a"), ("s:1", "b"), ("s:2", "c")),
        _texts(("s:1", "o")),
        _texts(("s:2", "k")),
    )
    assert pairs.select(["pair", "text", "text_kind"]).to_pylist() == [
        {"pair": "s:1:caption:0", "text": "b", "text_kind": "caption"},
        {"pair": "s:1:ontology:0", "text": "o", "text_kind": "ontology sentence"},
        {"pair": "s:2:caption:0", "text": "a", "text_kind": "caption"},
        {"pair": "s:2:caption:1", "text": "c", "text_kind": "caption"},
        {"pair": "s:2:concept:0", "text": "k", "text_kind": "concept sentence"},
    ]


def test_no_text_at_all_makes_no_pair() -> None:
    assert len(compose_pairs(_images("s:1"), _texts(), _texts(), _texts())) == 0


def test_the_text_of_an_unknown_image_is_a_fault() -> None:
    with pytest.raises(ValueError, match="s:9"):
        compose_pairs(_images("s:1"), _texts(("s:9", "a")), _texts(), _texts())


@settings(deadline=None)
@given(
    captioned=st.lists(st.integers(0, 5), max_size=12),
    told=st.lists(st.integers(0, 5), max_size=12),
)
def test_every_pair_carries_each_fact_of_its_image_and_no_other(
    image_facts: Callable[..., pa.Table], captioned: list[int], told: list[int]
) -> None:
    pairs = compose_pairs(
        _images(*(f"s:{n}" for n in range(6))), _texts(*((f"s:{n}", "x") for n in captioned)), _texts(), _texts()
    )
    facts = image_facts([(f"s:{n}", "shows", "plaque", {"value": str(row)}) for row, n in enumerate(told)])
    carried = carry_facts(pairs, facts)
    expected = [
        (p["pair"], str(row)) for p in pairs.to_pylist() for row, n in enumerate(told) if p["image"] == f"s:{n}"
    ]
    assert list(zip(carried["pair"].to_pylist(), carried["value"].to_pylist(), strict=True)) == expected


def test_rows_in_are_images_written_and_rows_rejected(clinic_graph: KnowledgeGraph) -> None:
    [source] = clinic_graph.info["sources"]
    assert source["rows_in"] == 9
    assert source["images"] == len(clinic_graph.images()) == 7
    assert source["rejected"] == {"duplicate key": 1, "no text": 1}
    assert sum(source["pairs"].values()) == len(clinic_graph.pairs()) == clinic_graph.info["pairs"]


def test_an_account_that_does_not_add_up_is_a_fault() -> None:
    with pytest.raises(ValueError, match="3 rows in, but 1 image and 1 reject out"):
        SourceAccount(
            source="s", rows_in=3, images=1, available=0, pairs={}, facts=0, rejected={"no text": 1},
            linked={}, unlinked=0, passed_over={},
        )  # fmt: skip


def test_an_image_without_any_text_is_rejected_by_name(clinic_graph: KnowledgeGraph) -> None:
    rejects = {row["reason"]: row["detail"] for row in clinic_graph.rejects().to_pylist()}
    assert rejects["no text"] == "clinic:7"
    assert "clinic:7" not in clinic_graph.images()["image"].to_pylist()


def test_the_account_tells_the_first_row_of_each_reason_of_rejection(clinic_graph: KnowledgeGraph) -> None:
    [source] = clinic_graph.info["sources"]
    assert source["first_rejects"].keys() == source["rejected"].keys()
    assert source["first_rejects"]["duplicate key"].startswith("visits.csv, row ")
    assert source["first_rejects"]["no text"] == "clinic:7"


def test_an_unclosed_quote_is_told_with_file_and_row(tmp_path: Path, ontology: "Ontology") -> None:
    (tmp_path / "source.toml").write_text((CLINIC / "source.toml").read_text(encoding="utf-8"), encoding="utf-8")
    lines = (CLINIC / "visits.csv").read_text(encoding="utf-8").splitlines()
    lines[2] = lines[2].replace(",", ',"', 1)
    (tmp_path / "visits.csv").write_text("\n".join(lines), encoding="utf-8")
    account = build([("clinic", tmp_path)], tmp_path / "derm.kg", ontology=ontology)
    [source] = account.sources
    assert source.rows_in == source.images + sum(source.rejected.values())
    told = "rejected 1: broken quotes (the first: visits.csv, row 3, column 'patient': the quote that opens in line 3, "
    assert told + "character 3, closes in the middle of a cell: lines 3 to 4 (2) are one record" in account.as_text()


def test_labels_without_a_term_are_listed(tmp_path: Path, ontology: "Ontology") -> None:
    table = (CLINIC / "visits.csv").read_text(encoding="utf-8").replace("tinea corporis", "moon rash")
    (tmp_path / "visits.csv").write_text(table, encoding="utf-8")
    (tmp_path / "source.toml").write_text((CLINIC / "source.toml").read_text(encoding="utf-8"), encoding="utf-8")
    account = build([("clinic", tmp_path)], tmp_path / "derm.kg", ontology=ontology)
    listed = (KnowledgeGraph.open(tmp_path / "derm.kg").folder / "unlinked.csv").read_text(encoding="utf-8")
    assert "moon rash" in listed
    assert account.sources[0].unlinked == 1


def test_a_source_named_twice_is_refused(tmp_path: Path, ontology: "Ontology") -> None:
    with pytest.raises(InputError, match="twice"):
        build([("clinic", CLINIC), ("clinic", CLINIC)], tmp_path / "derm.kg", ontology=ontology)


def test_a_folder_of_other_files_is_left_alone(tmp_path: Path, ontology: "Ontology") -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(InputError, match="holds other files"):
        build([("clinic", CLINIC)], tmp_path, ontology=ontology)
    assert _names(tmp_path) == ["thesis.docx"]


def test_a_failed_build_leaves_the_older_graph_and_nothing_else(
    built: Path, ontology: "Ontology", tmp_path: Path
) -> None:
    before = (built / "current").read_text()
    with pytest.raises(InputError, match="does not exist"):
        build([("ham10000", tmp_path / "nowhere")], built, ontology=ontology)
    assert (built / "current").read_text() == before
    assert _names(built / "builds") == [before.strip()]


def test_builds_do_not_run_into_each_other(built: Path, ontology: "Ontology") -> None:
    with new_build(built), pytest.raises(InputError, match="another build"):
        build([("clinic", CLINIC)], built, ontology=ontology)


def test_an_open_graph_stays_the_same_while_another_is_built_and_until_it_is_pruned(
    built: Path, ontology: "Ontology"
) -> None:
    with KnowledgeGraph.open(built) as old:
        build([("clinic", CLINIC)], built, ontology=ontology)
        assert old.folder != KnowledgeGraph.open(built).folder
        assert old.cypher("MATCH (p:Pair) RETURN count(*) AS n").to_pylist() == [{"n": old.info["pairs"]}]
    assert prune(built) == [old.folder.name]
    assert _names(built / "builds") == [KnowledgeGraph.open(built).folder.name]


@pytest.mark.parametrize("seconds", [1, *(pytest.param(s, marks=pytest.mark.slow) for s in (0.2, 2, 3, 4))])
def test_a_killed_build_leaves_a_whole_graph_in_use_and_the_next_one_cleans_up(
    built: Path, ontology: "Ontology", seconds: float
) -> None:
    """Which of the two is in use depends on when the process died; it holds all the pairs on both engines."""
    pairs = KnowledgeGraph.open(built).info["pairs"]
    process = _build_elsewhere(built)
    while not list((built / "builds").glob("*.unfinished")) and process.poll() is None:
        time.sleep(0.02)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with KnowledgeGraph.open(built) as graph:
        assert graph.info["pairs"] == graph.pairs().num_rows == pairs
        assert graph.sparql("SELECT (COUNT(*) AS ?n) { ?pair a d1m:Pair }").to_pylist() == [{"n": pairs}]
        assert graph.cypher("MATCH (p:Pair) RETURN count(*) AS n").to_pylist() == [{"n": pairs}]
    build([("clinic", CLINIC)], built, ontology=ontology)
    assert not list((built / "builds").glob("*.unfinished"))


@pytest.mark.parametrize("size", [100_000, *(pytest.param(s, marks=pytest.mark.slow) for s in (1_000, 10**6))])
def test_a_disk_that_refuses_is_told_and_the_older_graph_stays_in_use(built: Path, size: int) -> None:
    before = KnowledgeGraph.open(built).folder
    process = _build_elsewhere(built, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))
    message = process.communicate()[1]
    assert process.returncode != 0
    assert "InputError" in message
    assert "older graph there is still in use" in message
    assert KnowledgeGraph.open(built).folder == before
    assert _names(built / "builds") == [before.name]


def test_build_json_names_versions_files_and_hashes(clinic_graph: KnowledgeGraph, ontology: "Ontology") -> None:
    info = json.loads((clinic_graph.folder / "build.json").read_text(encoding="utf-8"))
    assert info["ontology"]["sha256"] == ontology.sha256
    assert set(info["files"]["clinic"]) == {"visits.csv"}
    assert {"derm1m", "ladybug", "pyoxigraph", "pyarrow", "python"} <= set(info["versions"])
    assert "ray" not in info["versions"]
    (told,) = info["specifications"].values()
    assert re.fullmatch("[0-9a-f]{64}", told)
