"""Every check finds its fault and nothing else; the shipped ontology has no error; reports come in four forms."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kg.errors import InputError
from kg.quality import Report, Severity, Violation, anchor, as_html, as_json, as_sarif, check, examine, read_profile
from kg.rdfio import read
from kg.resources import ontology_folder
from tests.kg.faults import FAULTS, SOUND, Fault
from tests.kg.syntaxes import functional, xml

ROOT = Path(__file__).parents[2]
CHECKS = read_profile()


@pytest.fixture(scope="module")
def shipped() -> Report:
    return check()


def _found(violations: tuple[Violation, ...]) -> set[tuple[str, str | None, str | None, str | None]]:
    return {(v.check, v.entity, v.property, v.value) for v in violations}


BY_DESIGN = _found(examine(read(SOUND).quads, CHECKS))
"""What is found in the sound ontology: its roots have no parents, and one condition is a kind of another."""


def test_the_sound_ontology_has_only_remarks() -> None:
    assert {check for check, *_ in BY_DESIGN} == {"missing_superclass", "multiple_asserted_superclasses"}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_is_found_by_its_check(fault: Fault) -> None:
    found = _found(examine(fault.plant(), CHECKS)) - BY_DESIGN

    assert {check for check, *_ in found} == {fault.check} | fault.also
    assert {entity for check, entity, *_ in found if check == fault.check} == fault.entities


def test_every_check_has_a_planted_fault() -> None:
    assert {made.name for made in CHECKS} == {fault.check for fault in FAULTS}


def test_every_query_is_in_the_profile() -> None:
    assert {made.name for made in CHECKS} == {query.stem for query in (ontology_folder() / "checks").glob("*.rq")}


def test_every_check_is_explained() -> None:
    pages = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    sections = {part.partition("\n")[0]: part for part in re.split(r"^### ", pages, flags=re.MULTILINE)[1:]}

    assert sections.keys() == {made.name for made in CHECKS}
    assert [
        name for name, text in sections.items() if not {"**Problem:**", "**Example:**", "**Fix:**"} <= set(text.split())
    ] == []


def test_the_documented_severities_are_those_of_the_profile() -> None:
    pages = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")

    documented = dict(re.findall(r"^### (\w+)\n\n`(\w+)`", pages, flags=re.MULTILINE))
    assert documented == {made.name: made.severity.name for made in CHECKS}


def test_the_shipped_ontology_has_no_error(shipped: Report) -> None:
    assert [(v.check, v.entity, v.value) for v in shipped.at_least(Severity.ERROR)] == []


def test_a_violation_has_the_line_of_its_statement(shipped: Report) -> None:
    lines = shipped.file.read_text(encoding="utf-8").split("\n")
    parents = [v for v in shipped.violations if v.check == "multiple_asserted_superclasses"]

    assert parents
    for violation in parents:
        assert violation.line is not None
        iri = violation.value.replace("DERM:", "https://w3id.org/derm1m/DERM_")
        assert lines[violation.line - 1].strip() == f'<rdfs:subClassOf rdf:resource="{iri}"/>'


def test_in_turtle_a_violation_has_the_line_of_its_term() -> None:
    violations = check(SOUND).violations

    lines = SOUND.read_text(encoding="utf-8").split("\n")
    assert {lines[v.line - 1].partition(" ")[0] for v in violations} == {v.entity for v in violations}


@pytest.mark.parametrize(
    "text",
    [
        functional("SubClassOf(:A :B)\nSubClassOf(:A :C)"),
        xml(
            '<SubClassOf><Class IRI="#A"/><Class IRI="#B"/></SubClassOf>\n'
            '<SubClassOf><Class abbreviatedIRI=":A"/><Class IRI="#C"/></SubClassOf>'
        ),
    ],
    ids=["functional syntax", "OWL/XML"],
)
def test_in_the_syntaxes_of_owl_a_violation_has_the_line_of_its_axiom(text: str, tmp_path: Path) -> None:
    file = tmp_path / "o.owl"
    file.write_text(text, encoding="utf-8")

    lines = [v.line for v in check(file).violations if v.check == "multiple_asserted_superclasses"]

    axioms = [number for number, line in enumerate(text.split("\n"), start=1) if "SubClassOf" in line]
    assert sorted(line for line in lines if line is not None) == axioms


def test_a_profile_chooses_checks_and_severities(tmp_path: Path) -> None:
    profile = tmp_path / "profile.tsv"
    profile.write_text("ERROR\tmissing_superclass\n")

    report = check(SOUND, profile)

    assert report.count() == {Severity.ERROR: 5, Severity.WARN: 0, Severity.INFO: 0}


def test_a_profile_may_name_a_query_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "short_label.rq").write_text(
        "# A label has less than seven letters.\n"
        "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n"
        "SELECT ?entity (rdfs:label AS ?property) ?value "
        "WHERE { ?entity a <http://www.w3.org/2002/07/owl#Class> ; rdfs:label ?value . FILTER (STRLEN(?value) < 7) }"
    )
    profile = tmp_path / "profile.tsv"
    profile.write_text("WARN\tfile:short_label.rq\n")

    found = _found(check(SOUND, profile).violations)

    assert found == {
        ("short_label", "DERM:0000021", "rdfs:label", "benign@en"),
        ("short_label", "DERM:0005001", "rdfs:label", "plaque@en"),
    }


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ("FATAL\tmissing_label\n", "line 1"),
        ("ERROR\tmissing_label\nERROR missing_definition\n", "line 2"),
        ("ERROR\tmissing_labels\n", "no check is named 'missing_labels'"),
        ("ERROR\t../profile\n", "no check is named"),
        ("ERROR\tmissing_label\nWARN\tmissing_label\n", "named twice"),
        ("ERROR\tfile:absent.rq\n", "absent.rq"),
        ("ERROR\tfile:broken.rq\n", "the check broken"),
        ("ERROR\tfile:ask.rq\n", "SELECT of ?entity ?property ?value"),
        ("ERROR\tfile:other.rq\n", "SELECT of ?entity ?property ?value"),
        ("\n", "names no check"),
    ],
)
def test_a_wrong_profile_is_met_with_what_is_wrong(profile: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "broken.rq").write_text("SELECT ?entity WHERE {")
    (tmp_path / "ask.rq").write_text("ASK { ?s ?p ?o }")
    (tmp_path / "other.rq").write_text("SELECT ?s WHERE { ?s ?p ?o }")
    file = tmp_path / "profile.tsv"
    file.write_text(profile)

    with pytest.raises(InputError, match=re.escape(said)):
        check(SOUND, file)


def test_the_table_holds_every_violation(shipped: Report) -> None:
    table = shipped.table()

    assert table.column_names == ["level", "check", "entity", "property", "value", "label", "line"]
    assert table.num_rows == len(shipped.violations)


def test_json_counts_what_it_lists() -> None:
    record = json.loads(as_json(check(SOUND)))

    assert record["count"] == {"ERROR": 0, "WARN": 0, "INFO": len(record["violations"])}
    assert record["violations"][0]["explained"] == anchor("missing_superclass")


def test_sarif_points_each_result_at_its_rule_and_line() -> None:
    log = json.loads(as_sarif(check(SOUND)))

    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert log["version"] == "2.1.0"
    assert {rule["id"] for rule in rules} == {made.name for made in CHECKS}
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] == "note"
        (location,) = result["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"] == SOUND.as_uri()
        assert location["physicalLocation"]["region"]["startLine"] > 1


def test_html_escapes_what_the_ontology_says(tmp_path: Path) -> None:
    file = tmp_path / "sound.ttl"
    file.write_text(SOUND.read_text(encoding="utf-8").replace('"plaque"@en', '"<script>alert(1)</script> "@en'))

    page = as_html(check(file))

    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "label_whitespace" in page


def _derm1m(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "cli.py", "ontology", "check", *arguments]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("fail_on", "code"), [("ERROR", 0), ("WARN", 0), ("INFO", 1), ("none", 0)])
def test_the_command_fails_on_what_is_asked_for(fail_on: str, code: int) -> None:
    assert _derm1m(SOUND, "--fail-on", fail_on).returncode == code


def test_the_command_names_where_a_check_is_explained() -> None:
    assert anchor("missing_superclass") in _derm1m(SOUND).stdout


def test_a_failing_check_still_writes_its_report(tmp_path: Path) -> None:
    out = tmp_path / "report.sarif"

    done = _derm1m(SOUND, "--fail-on", "INFO", "--format", "sarif", "--out", out)

    assert done.returncode == 1
    assert json.loads(out.read_text(encoding="utf-8"))["version"] == "2.1.0"
    assert "0 ERROR" in done.stderr


def test_a_report_file_of_tab_separated_lines(tmp_path: Path) -> None:
    out = tmp_path / "report.tsv"

    _derm1m(SOUND, "--out", out)

    header, *rows = out.read_text(encoding="utf-8").splitlines()
    assert header.split("\t") == ["level", "check", "term", "label", "property", "value", "line"]
    assert {len(row.split("\t")) for row in rows} == {7}
