"""Decisions are recorded with their reviewers; where two disagree nothing is applied."""

from pathlib import Path

import openpyxl
import pyoxigraph as ox
import pytest

from kg.errors import InputError
from kg.ontology import Ontology
from kg.quality import check
from kg.rdfio import PREFIXES
from kg.review import Decision, fleiss_kappa
from tests.kg.review.sheets import ADA, BEN, BLUE_NEVUS, NAIL_PSORIASIS, PSORIASIS, TINY, Fill, apply, reloaded


def _remarks(ontology: Ontology, curie: str) -> list[dict[str, str]]:
    iri = ontology.term(curie).iri
    said: dict[object, dict[str, str]] = {}
    for quad in ontology.quads:
        if isinstance(quad.subject, ox.BlankNode):
            name = quad.predicate.value.rpartition("#")[2].rpartition("/")[2]
            said.setdefault(quad.subject, {})[name] = str(quad.object.value)
    status = PREFIXES["DERM"] + "0010023"
    return [
        {name: remark[name] for name in ("annotatedTarget", "contributor", "date", "comment") if name in remark}
        for remark in said.values()
        if remark.get("annotatedSource") == iri and remark.get("annotatedProperty") == status
    ]


def test_a_decision_is_recorded_with_its_reviewer_and_day(tiny: Ontology, fill: Fill, tmp_path: Path) -> None:
    outcome = apply(tiny, fill("Ada", ADA, {PSORIASIS: "accept", BLUE_NEVUS: ("change", "not a mole")}))

    assert outcome.decided == {PSORIASIS: Decision.ACCEPT, BLUE_NEVUS: Decision.CHANGE}
    assert outcome.agreement is None
    reviewed = reloaded(outcome, tmp_path)
    assert reviewed.term(PSORIASIS).review_status == "accepted"
    assert reviewed.term(BLUE_NEVUS).review_status == "to be changed"
    assert _remarks(reviewed, PSORIASIS) == [
        {"annotatedTarget": "accepted", "contributor": f"https://orcid.org/{ADA}", "date": "2026-03-01"}
    ]
    assert _remarks(reviewed, BLUE_NEVUS)[0]["comment"] == "not a mole"


def test_nothing_else_changes(tiny: Ontology, fill: Fill) -> None:
    outcome = apply(tiny, fill("Ada", ADA, {PSORIASIS: ("reject", "too broad")}))

    status = PREFIXES["DERM"] + "0010023"
    before, after = set(tiny.quads), set(outcome.quads)
    assert {(quad.predicate.value, quad.object.value) for quad in before - after} == {(status, "unreviewed")}
    terms = {quad.subject.value for quad in after - before if isinstance(quad.subject, ox.NamedNode)}
    dublin_core = {PREFIXES["dcterms"] + name for name in ("contributor", "date")}
    assert terms == {tiny.term(PSORIASIS).iri, *dublin_core}


def test_properties_that_record_the_review_are_declared_and_defined(tiny: Ontology, fill: Fill, tmp_path: Path) -> None:
    reviewed = reloaded(apply(tiny, fill("Ada", ADA, {PSORIASIS: "accept"})), tmp_path)

    faults = ("undeclared_property", "annotation_property_without_definition", "missing_label")
    found = {v.entity for v in check(reviewed.file).violations if v.check in faults}
    assert found.isdisjoint({"dcterms:contributor", "dcterms:date"})


def test_reviewers_who_agree_are_both_recorded(tiny: Ontology, fill: Fill, tmp_path: Path) -> None:
    outcome = apply(tiny, fill("Ada", ADA, {PSORIASIS: "accept"}), fill("Ben", BEN, {PSORIASIS: "accept"}))

    reviewers = {remark["contributor"] for remark in _remarks(reloaded(outcome, tmp_path), PSORIASIS)}
    assert reviewers == {f"https://orcid.org/{ADA}", f"https://orcid.org/{BEN}"}


def test_reviewers_who_differ_change_nothing(tiny: Ontology, fill: Fill) -> None:
    outcome = apply(
        tiny,
        fill("Ada", ADA, {PSORIASIS: "accept", BLUE_NEVUS: "accept"}),
        fill("Ben", BEN, {PSORIASIS: ("reject", "no such thing"), BLUE_NEVUS: "accept"}),
    )

    (conflict,) = outcome.conflicts
    assert (conflict.term, conflict.label) == (PSORIASIS, "psoriasis")
    assert conflict.said == (
        ("accepted", f"Ada (https://orcid.org/{ADA})"),
        ("rejected", f"Ben (https://orcid.org/{BEN})"),
    )
    assert outcome.decided == {}
    assert outcome.quads == tiny.quads


def test_a_reviewer_who_differs_from_herself_changes_nothing(tiny: Ontology, fill: Fill) -> None:
    outcome = apply(
        tiny, fill("Ada", ADA, {PSORIASIS: "accept"}), fill("Ada", ADA, {PSORIASIS: ("reject", "on reflection")})
    )

    assert [conflict.term for conflict in outcome.conflicts] == [PSORIASIS]


def test_the_same_sheet_twice_counts_once(tiny: Ontology, fill: Fill) -> None:
    sheet = fill("Ada", ADA, {PSORIASIS: "accept"})

    outcome = apply(tiny, sheet, sheet)

    assert outcome.opinions == 1
    assert outcome.agreement is None


def test_agreement_is_over_the_terms_that_all_have_judged(tiny: Ontology, fill: Fill) -> None:
    change, reject = ("change", "so"), ("reject", "so")
    outcome = apply(
        tiny,
        fill("Ada", ADA, {PSORIASIS: "accept", NAIL_PSORIASIS: change, BLUE_NEVUS: "accept"}),
        fill("Ben", BEN, {PSORIASIS: "accept", NAIL_PSORIASIS: reject}),
    )

    assert outcome.agreement is not None
    assert (outcome.agreement.reviewers, outcome.agreement.terms) == (2, 2)
    assert outcome.agreement.kappa == pytest.approx(fleiss_kappa([[2, 0, 0], [0, 1, 1]]))


def test_a_sheet_of_another_version_is_refused(blank: Path, fill: Fill, tmp_path: Path) -> None:
    later = tmp_path / "later.ttl"
    later.write_text(TINY.read_text(encoding="utf-8").replace("2026-01-31", "2026-02-28"), encoding="utf-8")

    with pytest.raises(InputError, match=r"made from version 2026-01-31 of .*is version 2026-02-28") as error:
        apply(Ontology.load(later), fill("Ada", ADA, {PSORIASIS: "accept"}))

    assert "review-sheet" in str(error.value)


def test_a_term_that_has_changed_since_is_to_be_read_again(fill: Fill, tmp_path: Path) -> None:
    edited = tmp_path / "edited.ttl"
    edited.write_text(TINY.read_text(encoding="utf-8").replace("scaly plaques", "scaly patches"), encoding="utf-8")

    with pytest.raises(InputError, match=r"DERM:0001004 \(psoriasis\) has changed since the sheet was made"):
        apply(Ontology.load(edited), fill("Ada", ADA, {PSORIASIS: "accept"}))


def test_an_unknown_term_is_refused(tiny: Ontology, fill: Fill) -> None:
    path = fill("Ada", ADA, {PSORIASIS: "accept"})
    workbook = openpyxl.load_workbook(path)
    for row in workbook["terms"].iter_rows(max_col=1):
        if row[0].value == PSORIASIS:
            row[0].value = "DERM:0009999"
    workbook.save(path)

    with pytest.raises(InputError, match="DERM:0009999 is no term of"):
        apply(tiny, path)


def test_a_second_reviewer_joins_the_first(tiny: Ontology, fill: Fill, tmp_path: Path) -> None:
    first = reloaded(apply(tiny, fill("Ada", ADA, {PSORIASIS: "accept"})), tmp_path)

    second = reloaded(apply(first, fill("Ben", BEN, {PSORIASIS: "accept"})), tmp_path)

    assert len(_remarks(second, PSORIASIS)) == 2
    assert second.term(PSORIASIS).review_status == "accepted"


def test_a_second_reviewer_who_differs_from_the_file_changes_nothing(
    tiny: Ontology, fill: Fill, tmp_path: Path
) -> None:
    first = reloaded(apply(tiny, fill("Ada", ADA, {PSORIASIS: "accept"})), tmp_path)

    (conflict,) = apply(first, fill("Ben", BEN, {PSORIASIS: ("reject", "no")})).conflicts

    assert ("accepted", f"https://orcid.org/{ADA}, in reviewed.owl") in conflict.said


def test_a_reviewer_may_change_her_mind(tiny: Ontology, fill: Fill, tmp_path: Path) -> None:
    first = reloaded(apply(tiny, fill("Ada", ADA, {PSORIASIS: "accept"})), tmp_path)

    second = reloaded(apply(first, fill("Ada", ADA, {PSORIASIS: ("reject", "on reflection")})), tmp_path)

    assert second.term(PSORIASIS).review_status == "rejected"
    assert [remark["comment"] for remark in _remarks(second, PSORIASIS)] == ["on reflection"]
