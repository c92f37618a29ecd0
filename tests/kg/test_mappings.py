"""The table of mappings says what the ontology says, with a justification for each."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from kg.errors import InputError
from kg.mappings import (
    COLUMNS,
    Mapping,
    MappingSet,
    asserted_mappings,
    disagreements,
    read_mappings,
    renewed,
    summary,
    write_mappings,
)
from kg.ontology import Ontology
from kg.rdfio import PREFIXES, compact
from kg.resources import ontology_folder

ROOT = Path(__file__).parents[2]
TINY = Path(__file__).parent / "data" / "tiny.ttl"
FILE = ontology_folder() / "mappings.sssom.tsv"


@pytest.fixture(scope="module")
def table() -> MappingSet:
    return read_mappings(FILE)


@pytest.fixture(scope="module")
def tiny() -> Ontology:
    return Ontology.load(TINY)


@pytest.fixture
def verified(tiny: Ontology) -> MappingSet:
    """The small ontology's two mappings, both verified."""
    rows = [replace(row, confidence="0.8", comment="verified") for row in asserted_mappings(tiny)]
    return MappingSet(("#curie_map:",), tuple(rows))


def test_the_table_and_the_ontology_agree(ontology: Ontology, table: MappingSet) -> None:
    assert disagreements(ontology, table) == []


def test_every_mapping_is_justified_and_was_verified(table: MappingSet) -> None:
    for row in table.mappings:
        assert row.mapping_justification.removeprefix("semapv:") in {
            "LexicalMatching",
            "ManualMappingCuration",
            "MappingChaining",
        }
        assert row.confidence in {"0.95", "0.8", "0.6"}
        assert row.comment.startswith(("verified in ", "cross-reference in ")), row


def test_what_was_not_looked_up_in_its_vocabulary_is_least_sure(table: MappingSet) -> None:
    for row in table.mappings:
        assert (row.confidence == "0.6") == row.comment.startswith("cross-reference")
        assert (row.confidence == "0.6") == row.mapping_justification.endswith("MappingChaining")


def test_only_names_that_agree_are_surest(table: MappingSet) -> None:
    for row in table.mappings:
        assert (row.confidence == "0.95") == row.mapping_justification.endswith("LexicalMatching")


def test_every_looked_up_class_has_its_label_save_icd_codes(table: MappingSet) -> None:
    without = {row.object_id.partition(":")[0] for row in table.mappings if not row.object_label}

    assert without == {"ICD10CM", "NCIT"}


def test_the_header_gives_the_namespace_of_every_prefix(table: MappingSet) -> None:
    used = {value.partition(":")[0] for row in table.mappings for value in row.triple}
    used |= {row.mapping_justification.partition(":")[0] for row in table.mappings}

    assert used == table.prefixes.keys()
    for prefix in used - {"semapv"}:
        assert table.prefixes[prefix] == PREFIXES[prefix]
        assert compact(table.prefixes[prefix] + "1") == f"{prefix}:1"


def test_the_header_states_what_sssom_requires(table: MappingSet) -> None:
    slots = {line.removeprefix("#").partition(":")[0] for line in table.header}

    assert {"mapping_set_id", "license", "curie_map"} <= slots


def test_the_file_is_written_as_it_stands(table: MappingSet, tmp_path: Path) -> None:
    write_mappings(table, tmp_path / "written.tsv")

    assert (tmp_path / "written.tsv").read_bytes() == FILE.read_bytes()


def test_a_verified_table_of_the_same_mappings_agrees(tiny: Ontology, verified: MappingSet) -> None:
    assert disagreements(tiny, verified) == []


PSORIASIS = "psoriasis (DERM:0001004) skos:exactMatch DOID:8893"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows[1:], [f"{PSORIASIS}: not in the table"]),
        (lambda rows: (*rows, replace(rows[0], object_id="DOID:1")), ["DOID:1: not in the ontology"]),
        (lambda rows: (replace(rows[0], subject_label="psora"), rows[1]), [f"{PSORIASIS}: the table calls it 'psora'"]),
        (lambda rows: (replace(rows[0], confidence=""), rows[1]), [f"{PSORIASIS}: never verified"]),
        (lambda rows: (*rows, rows[0]), [f"{PSORIASIS}: 2 rows"]),
    ],
    ids=["missing", "surplus", "label", "unverified", "doubled"],
)
def test_a_disagreement_is_named(tiny: Ontology, verified: MappingSet, change, said: list[str]) -> None:
    found = disagreements(tiny, replace(verified, mappings=tuple(change(verified.mappings))))

    assert [line for line, end in zip(found, said, strict=True) if not line.endswith(end)] == []


def test_an_external_class_exact_to_two_terms_is_named(tmp_path: Path) -> None:
    file = tmp_path / "double.ttl"
    file.write_text(TINY.read_text(encoding="utf-8") + "DERM:0001005 skos:exactMatch obo:DOID_8893 .\n")
    double = Ontology.load(file)
    rows = tuple(replace(row, confidence="0.8") for row in asserted_mappings(double))

    assert disagreements(double, MappingSet((), rows)) == [
        "DOID:8893: exact to psoriasis (DERM:0001004) and to nail psoriasis (DERM:0001005)"
    ]


def test_an_update_keeps_what_was_verified_and_leaves_the_new_open(tiny: Ontology, verified: MappingSet) -> None:
    kept, *_ = verified.mappings
    gone = replace(kept, object_id="DOID:1")

    renewed_table = renewed(tiny, replace(verified, mappings=(replace(kept, subject_label="psora"), gone)))

    assert kept in renewed_table.mappings
    assert gone not in renewed_table.mappings
    assert [row.object_id for row in renewed_table.mappings if not row.confidence] == ["MESH:D017444"]
    assert len(renewed_table.mappings) == len(verified.mappings)


def test_the_summary_counts_every_row(table: MappingSet) -> None:
    counted = summary(table)

    assert counted["mappings"] == len(table.mappings)
    assert sum(n for counts in counted["vocabularies"].values() for n in counts.values()) == len(table.mappings)
    for name in ("justification", "confidence", "verification"):
        assert sum(counted[name].values()) == len(table.mappings)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a\tb\n", "expected subject_id"),
        ("#x: y\n" + "\t".join(COLUMNS) + "\nDERM:1\tx\n", "line 3: 2 columns"),
        ("", "expected subject_id"),
    ],
)
def test_a_broken_table_is_refused_with_its_line(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "broken.tsv"
    file.write_text(content)

    with pytest.raises(InputError, match=said):
        read_mappings(file)


def test_a_mapping_with_a_quote_in_its_label_is_read_as_written(tmp_path: Path) -> None:
    row = Mapping("DERM:1", 'so-called "x"', "skos:exactMatch", "DOID:1", confidence="0.8")

    write_mappings(MappingSet((), (row,)), tmp_path / "quoted.tsv")

    assert read_mappings(tmp_path / "quoted.tsv").mappings == (row,)


def test_the_command_exits_with_one_when_they_disagree() -> None:
    command = [sys.executable, str(ROOT / "cli.py"), "ontology", "mappings", "--check", "--ontology", str(TINY)]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "not in the ontology" in done.stdout
