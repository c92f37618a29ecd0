"""Captions and labels become facts with their polarity and their evidence."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from kg import sources
from kg.alignment import align
from kg.language.durations import Durations
from kg.ontology import Ontology
from kg.pairs import CAPTIONS, IMAGE_FACTS, STATEMENTS
from kg.sources import Reading

CASES = [
    tuple(line.split("\t"))
    for line in (Path(__file__).parent / "data" / "captions.tsv").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith(("#", "caption\t"))
]


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    """A source of one row, for tests to put their own captions and statements in."""
    folder = tmp_path_factory.mktemp("source")
    (folder / "derm1m_v2_pretrain.csv").write_text(
        "filename,caption,disease_label,skin_concept,body_location,symptoms,age,gender\na.jpg,,,,,,,\n"
    )
    return sources.read("derm1m", folder, progress=False)


def with_captions(reading: Reading, *texts: str) -> Reading:
    rows = [{"image": f"derm1m:{number}", "column": "caption", "text": text} for number, text in enumerate(texts)]
    return replace(reading, captions=pa.Table.from_pylist(rows, CAPTIONS))


def with_statements(reading: Reading, *statements: dict[str, str]) -> Reading:
    defaults = {"image": "derm1m:0", "role": "condition", "polarity": "present", "column": "disease_label"}
    rows = [{"raw": each["surface"], **defaults, **each} for each in statements]
    return replace(reading, statements=pa.Table.from_pylist(rows, STATEMENTS))


def told(facts: pa.Table, ontology: Ontology) -> set[str]:
    """Facts as the table of cases writes them."""
    return {
        " ".join(filter(None, [fact["relation"], ontology.term(fact["term"]).label, fact["who"]]))
        for fact in facts.to_pylist()
    }


def of(facts: pa.Table, image: str) -> pa.Table:
    return facts.filter(pc.equal(facts["image"], image))


@pytest.fixture(scope="module")
def facts_of_cases(reading: Reading, ontology: Ontology) -> pa.Table:
    return align(with_captions(reading, *(text for text, _ in CASES)), ontology).facts


def test_there_are_at_least_forty_captions_to_read() -> None:
    assert len(CASES) >= 40


@pytest.mark.parametrize(
    ("number", "expected"), list(enumerate(facts for _, facts in CASES)), ids=[text for text, _ in CASES]
)
def test_caption_gives_its_facts(number: int, expected: str, facts_of_cases: pa.Table, ontology: Ontology) -> None:
    wanted = set() if expected == "-" else set(expected.split(" | "))
    assert told(of(facts_of_cases, f"derm1m:{number}"), ontology) == wanted


def test_every_span_is_the_words_of_the_caption(facts_of_cases: pa.Table) -> None:
    for fact in facts_of_cases.to_pylist():
        text = CASES[int(fact["image"].removeprefix("derm1m:"))][0]
        assert text[fact["start"] : fact["end"]] == fact["surface"]


def test_facts_have_the_schema_and_no_row_twice(facts_of_cases: pa.Table) -> None:
    assert facts_of_cases.schema == IMAGE_FACTS
    keys = facts_of_cases.select(["image", "relation", "term", "column", "rule", "start"]).to_pylist()
    assert len({tuple(key.values()) for key in keys}) == len(keys)


def test_joined_labels_are_parted_at_the_longest_names(reading: Reading, ontology: Ontology) -> None:
    statement = {"surface": "hand, foot and mouth disease, psoriasis,  ehlers danlos syndrome"}

    alignment = align(with_statements(reading, statement), ontology)

    assert told(alignment.facts, ontology) == {
        "depicts hand, foot and mouth disease",
        "depicts psoriasis",
        "depicts Ehlers-Danlos syndrome",
    }
    assert set(alignment.facts["surface"].to_pylist()) == {
        "hand, foot and mouth disease",
        "psoriasis",
        "ehlers danlos syndrome",
    }


def test_label_without_term_is_counted_and_listed(reading: Reading, ontology: Ontology) -> None:
    statements = [{"surface": "psoriasis, moon pox"}, {"surface": "moon pox", "image": "derm1m:1"}]

    alignment = align(with_statements(reading, *statements), ontology)

    assert alignment.unlinked.to_pylist() == [
        {"source": "derm1m", "role": "condition", "column": "disease_label", "surface": "moon pox", "count": 2}
    ]
    assert alignment.linked == {"condition": pytest.approx(1 / 3)}


def test_term_is_kept_without_its_ancestor_from_the_same_column(reading: Reading, ontology: Ontology) -> None:
    alignment = align(with_statements(reading, {"surface": "melanoma, lentigo maligna melanoma"}), ontology)
    assert told(alignment.facts, ontology) == {"depicts lentigo maligna melanoma"}


def test_ancestor_from_another_column_is_kept(reading: Reading, ontology: Ontology) -> None:
    statements = [{"surface": "lentigo maligna melanoma"}, {"surface": "melanoma", "column": "second_label"}]
    alignment = align(with_statements(reading, *statements), ontology)
    assert told(alignment.facts, ontology) == {"depicts lentigo maligna melanoma", "depicts melanoma"}


def test_scale_of_skin_tones_is_no_tone_in_a_column_either(reading: Reading, ontology: Ontology) -> None:
    statements = [{"surface": name, "role": "tone", "column": "tone"} for name in ("Fitzpatrick skin type", "type IV")]
    alignment = align(with_statements(reading, *statements), ontology)
    assert told(alignment.facts, ontology) == {"hasSkinTone Fitzpatrick skin type IV"}
    assert alignment.passed_over == {"scale of skin tones without a type": 1}


def test_absent_terms_do_not_hide_each_other(reading: Reading, ontology: Ontology) -> None:
    absent = {"polarity": "absent"}
    statements = [{"surface": "melanoma", **absent}, {"surface": "lentigo maligna melanoma", **absent}]
    alignment = align(with_statements(reading, *statements), ontology)
    assert told(alignment.facts, ontology) == {"rulesOut lentigo maligna melanoma", "rulesOut melanoma"}


@pytest.mark.parametrize(
    ("caption", "label", "expected"),
    [
        ("Psoriasis of the scalp.", "no label", {"depicts psoriasis", "atSite scalp"}),
        ("Psoriasis of the scalp.", "scabies", {"depicts scabies", "atSite scalp"}),
        ("Lentigo maligna melanoma.", "melanoma", {"depicts melanoma", "depicts lentigo maligna melanoma"}),
        ("Melanoma.", "lentigo maligna melanoma", {"depicts lentigo maligna melanoma"}),
        ("Possible scabies.", "psoriasis", {"depicts psoriasis", "suspects scabies"}),
    ],
)
def test_caption_names_the_disease_only_where_no_column_says_another(
    caption: str, label: str, expected: set[str], reading: Reading, ontology: Ontology
) -> None:
    source = with_statements(with_captions(reading, caption), {"surface": label})
    assert told(align(source, ontology).facts, ontology) == expected


def test_what_makes_no_fact_is_counted(reading: Reading, ontology: Ontology) -> None:
    captions = [
        "Psoriasis.",
        "Treatment options include phototherapy.",
        "Fitzpatrick skin type III-IV",
        "No history of scabies.",
    ]
    source = with_statements(with_captions(reading, *captions), {"surface": "scabies"})

    assert align(source, ontology).passed_over == {
        "disease beside another one that a column names": 1,
        "told as knowledge or advice": 1,
        "range of skin tones": 1,
        "disease not in the history": 1,
    }


@pytest.mark.parametrize(
    ("caption", "term", "value", "unit"),
    [
        ("Itching for 3 months.", "duration of one to three months", "3", "months"),
        ("Itching for the past two to four weeks.", "duration of one to four weeks", "2-4", "weeks"),
        ("A 10-year history of itching.", "duration of more than five years", "10", "year"),
        ("Itching for almost a month.", "duration of one to four weeks", None, None),
        ("Itching for more than 5 years.", "duration of more than five years", None, None),
        ("Itching for 2 years, worse for 3 weeks.", "duration of more than one year", "2", "years"),
        ("A 2-month history of itching; surgery 17 years ago.", "duration of one to three months", "2", "month"),
    ],
)
def test_duration_has_its_class_its_number_and_its_unit(
    caption: str, term: str, value: str | None, unit: str | None, reading: Reading, ontology: Ontology
) -> None:
    facts = align(with_captions(reading, caption), ontology).facts
    (fact,) = facts.filter(pc.equal(facts["rule"], "duration")).to_pylist()
    assert (ontology.term(fact["term"]).label, fact["value"], fact["unit"]) == (term, value, unit)


def test_duration_names_in_a_table_are_history_factors_of_the_ontology(ontology: Ontology) -> None:
    assert {ontology.term(label).kind for label in Durations().terms} == {"history"}


@pytest.mark.parametrize("name", ["ham10000", "pad-ufes-20", "derm7pt", "fitzpatrick17k"])
def test_labels_of_published_data_sets_link(name: str, real_data: Path, ontology: Ontology) -> None:
    folder = real_data if name == "fitzpatrick17k" else real_data / name.replace("-", "_")

    alignment = align(sources.read(name, folder, progress=False), ontology)

    assert min(alignment.linked.values()) >= 0.99
    assert alignment.unlinked.num_rows <= 3


def test_pad_ufes_20_facts_are_those_of_its_table(real_data: Path, ontology: Ontology) -> None:
    import pandas as pd

    table = pd.read_csv(real_data / "pad_ufes_20" / "metadata.csv", dtype=str, keep_default_na=False)

    facts = align(sources.read("pad-ufes-20", real_data / "pad_ufes_20", progress=False), ontology).facts

    counts = Counter(zip(facts["relation"].to_pylist(), facts["column"].to_pylist(), strict=True))
    for column in ("itch", "grew", "hurt", "changed", "bleed"):
        assert counts["hasSymptom", column] == (table[column] == "True").sum()
        assert counts["lacksSymptom", column] == (table[column] == "False").sum()
    for column in ("smoke", "drink", "pesticide", "skin_cancer_history", "cancer_history"):
        assert counts["hasHistory", column] == (table[column] == "True").sum()
        assert counts["lacksHistory", column] == (table[column] == "False").sum()
    assert counts["depicts", "diagnostic"] == len(table)
    assert counts["hasSkinTone", "fitspatrick"] == (table["fitspatrick"] != "").sum()
