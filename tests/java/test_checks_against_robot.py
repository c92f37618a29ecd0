"""The checks that bear ROBOT's names find what the real ROBOT finds, row by row."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg.ontology import Ontology
from kg.quality import check, read_profile
from kg.rdfio import compact, read
from tests.java import jars
from tests.kg.faults import FAULTS, SOUND, updated

HERE = Path(__file__).parent
Row = tuple[str, str, str, str]

pytestmark = pytest.mark.integration

# ROBOT's query leaves ?property without a value, and its report leaves such rows out
NEVER_REPORTED = "invalid_entity_uri"


@pytest.fixture(scope="module")
def profile() -> Path:
    """All 33 checks; the profile inside ROBOT leaves one out."""
    return HERE / "robot" / "profile.txt"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The small sound ontology as it is, with German, a no-break space, or a fault planted; and the shipped one."""
    folder = tmp_path_factory.mktemp("planted")
    sound = read(SOUND).quads
    german = updated(sound, (HERE / "robot" / "german.ru").read_text(encoding="utf-8"))
    spaced = updated(sound, 'INSERT DATA { DERM:0001001 oboInOwl:hasExactSynonym "plaques\u00a0"@en }')
    contents = {"sound": sound, "german": german, "no-break space": spaced} | {
        fault.name: fault.plant() for fault in FAULTS
    }
    written = {name: folder / f"{name}.owl" for name in contents}
    for name, quads in contents.items():
        ox.serialize([quad.triple for quad in quads], str(written[name]), format=ox.RdfFormat.RDF_XML)
    shipped = folder / "shipped.owl"
    shipped.write_bytes(Ontology.load().file.read_bytes())
    return written | {"shipped": shipped}


@pytest.fixture(scope="module")
def robots_rows(files: dict[str, Path], profile: Path) -> dict[str, set[Row]]:
    """ROBOT's report of each file, from one start of Java."""
    jars.require("javac")
    done = jars.run(jars.resolve(HERE / "robot"), str(HERE / "robot" / "Reports.java"), profile, *files.values())
    assert done.returncode == 0, done.stdout + done.stderr
    return {name: set(_read(Path(f"{file}.tsv"))) for name, file in files.items()}


def _read(report: Path) -> Iterator[Row]:
    with report.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            yield row["Rule Name"], _compact(row["Subject"]), _compact(row["Property"]), _compact(row["Value"])


def _compact(said: str) -> str:
    if re.fullmatch(r"\S*genid\S+", said):
        return "blank node"
    text, separator, datatype = said.partition("^^")
    return text + separator + compact(datatype) if separator else compact(said)


def _our_rows(file: Path, profile: Path) -> set[Row]:
    return {(v.check, v.entity or "", v.property or "", v.value or "") for v in check(file, profile).violations}


def test_the_profile_holds_robots_33_checks_with_our_severities(profile: Path) -> None:
    robots = {made.name: made.severity for made in read_profile(profile)}
    ours = {made.name: made.severity for made in read_profile()}

    assert len(robots) == 33
    assert robots.items() <= ours.items()


def test_the_shipped_ontology_gets_the_same_report(
    files: dict[str, Path], robots_rows: dict[str, set[Row]], profile: Path
) -> None:
    assert robots_rows["shipped"] == _our_rows(files["shipped"], profile)


def test_the_shipped_ontology_has_no_error_by_robot(robots_rows: dict[str, set[Row]], profile: Path) -> None:
    grave = {made.name for made in read_profile(profile) if made.severity.name == "ERROR"}

    assert [row for row in robots_rows["shipped"] if row[0] in grave] == []


@pytest.mark.parametrize("name", ["sound", *(fault.name for fault in FAULTS if fault.check != NEVER_REPORTED)])
def test_a_file_in_one_language_gets_the_same_report(
    name: str, files: dict[str, Path], robots_rows: dict[str, set[Row]], profile: Path
) -> None:
    assert robots_rows[name] == _our_rows(files[name], profile)


def test_one_check_of_robot_never_reports(
    files: dict[str, Path], robots_rows: dict[str, set[Row]], profile: Path
) -> None:
    missed = _our_rows(files[NEVER_REPORTED], profile) - robots_rows[NEVER_REPORTED]

    assert missed == {(NEVER_REPORTED, "http://purl.org/obo/HP_0000001", "rdf:type", "owl:Class")}


def test_robot_finds_faults_in_a_second_language_where_there_are_none(
    files: dict[str, Path], robots_rows: dict[str, set[Row]], profile: Path
) -> None:
    ours = _our_rows(files["german"], profile)

    assert ours - robots_rows["german"] == set()
    assert robots_rows["german"] - ours == {
        ("multiple_labels", "DERM:0001003", "rdfs:label", "lichen planus@en"),
        ("multiple_labels", "DERM:0001003", "rdfs:label", "Knötchenflechte@de"),
        ("multiple_definitions", "DERM:0001003", "IAO:0000115", "Itchy shiny bumps at the wrists.@en"),
        ("multiple_definitions", "DERM:0001003", "IAO:0000115", "Übliche Form: juckende Knötchen am Handgelenk.@de"),
        ("lowercase_definition", "DERM:0001003", "IAO:0000115", "Übliche Form: juckende Knötchen am Handgelenk.@de"),
        ("missing_obsolete_label", "DERM:0001099", "rdfs:label", "Parapsoriasis (veraltet)@de"),
    }


def test_a_no_break_space_escapes_robot(
    files: dict[str, Path], robots_rows: dict[str, set[Row]], profile: Path
) -> None:
    """Java's `\\s` knows the spaces of ASCII only."""
    missed = _our_rows(files["no-break space"], profile) - robots_rows["no-break space"]

    assert missed == {("annotation_whitespace", "DERM:0001001", "oboInOwl:hasExactSynonym", "plaques\u00a0@en")}
