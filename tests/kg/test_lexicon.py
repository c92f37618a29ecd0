"""Names of terms, found whole or in running text."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.language.folding import fold
from kg.lexicon import RULES, Lexicon
from kg.ontology import Ontology

KINDS = ("disease", "finding", "symptom", "artifact", "site", "tone", "history")


@pytest.fixture(scope="module")
def lexicon(ontology: Ontology) -> Lexicon:
    return Lexicon(ontology, *KINDS)


@pytest.mark.parametrize(
    ("surface", "label", "rule"),
    [
        ("psoriasis", "psoriasis", "label"),
        ("PSORIASIS ", "psoriasis", "label"),
        ("DERM:0000107", "psoriasis", "identifier"),
        ("hailey-hailey disease", "Hailey-Hailey disease", "label"),
        ("hailey hailey disease", "Hailey-Hailey disease", "label"),
        ("dermatofibromas", "dermatofibroma", "label"),
        ("seborrhoeic keratoses", "seborrheic keratosis", "label"),
        ("bullae", "bulla", "label"),
        ("Becker's naevus", "Becker nevus", "label"),
        ("BCC", "basal cell carcinoma", "exact synonym"),
        ("itch", "pruritus", "exact synonym"),
        ("melanocytic nevus", "common melanocytic nevus", "broad synonym"),
    ],
)
def test_surface_form_links_by_the_best_rule(surface: str, label: str, rule: str, lexicon: Lexicon) -> None:
    link = lexicon.link(surface)
    assert link is not None
    assert (link.term.label, link.rule) == (label, rule)


def test_unknown_surface_form_links_to_nothing_and_is_only_suggested(lexicon: Lexicon) -> None:
    assert lexicon.link("psoriassis") is None
    assert next(iter(lexicon.suggest("psoriassis"))).term.label == "psoriasis"


def test_every_label_links_to_its_own_term(ontology: Ontology, lexicon: Lexicon) -> None:
    for term in ontology.terms(*KINDS):
        link = lexicon.link(term.label)
        assert link is not None, term.label
        assert (link.term, link.rule) == (term, "label")


def test_excluded_names_never_link_to_their_term(ontology: Ontology, lexicon: Lexicon) -> None:
    excluded = [(term, name) for term in ontology.terms(*KINDS) for name in term.excluded]
    assert excluded
    for term, name in excluded:
        link = lexicon.link(name)
        assert link is None or link.term != term
        assert term not in [mention.term for mentions in lexicon.find([f"An {name} here."]) for mention in mentions]


def test_longest_names_are_found_from_the_left(lexicon: Lexicon) -> None:
    text = "Superficial spreading melanoma, plaque psoriasis and melanoma"
    (mentions,) = lexicon.find([text])
    assert [text[mention.start : mention.end] for mention in mentions] == [
        "Superficial spreading melanoma",
        "plaque psoriasis",
        "melanoma",
    ]


def test_names_inside_words_are_not_found(lexicon: Lexicon) -> None:
    assert list(lexicon.find(["scarcely redder carscale"])) == [[]]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("BCC of the nose", ["basal cell carcinoma", "nose"]),
        ("bcc of the nose", ["nose"]),
        ("Two BCCs", ["basal cell carcinoma"]),
        ("LP of the wrist", ["wrist"]),
        ("Lichen planus (LP) of the wrist", ["lichen planus", "lichen planus", "wrist"]),
        ("AD and AK", []),
    ],
)
def test_abbreviations_need_capitals_and_the_shortest_support(text: str, found: list[str], lexicon: Lexicon) -> None:
    (mentions,) = lexicon.find([text])
    assert [mention.term.label for mention in mentions] == found


def test_rules_are_listed_from_the_most_certain() -> None:
    assert RULES.index("label") < RULES.index("exact synonym") < RULES.index("broad synonym")


@given(st.text(alphabet=st.sampled_from("aeou's-  _BOæéÉ’ß\n5İK"), max_size=40), st.data())
def test_folded_places_lead_back_into_the_text(text: str, data: st.DataObject) -> None:
    folded = fold(text)
    places = [folded.origin(place) for place in range(len(folded.text) + 1)]
    assert places == sorted(places)
    assert all(0 <= place <= len(text) for place in places)


@given(st.text(max_size=60))
def test_folding_twice_is_folding_once_for_plain_words(text: str) -> None:
    once = fold(
        " ".join(word for word in text.split() if word.isascii() and word.isalpha() and "e" not in word.lower())
    ).text
    assert fold(once).text == once


def test_long_hostile_text_is_read_in_moderate_time(lexicon: Lexicon) -> None:
    start = time.perf_counter()
    (mentions,) = lexicon.find(["no melanoma or scale " * 6000])
    assert len(mentions) == 12_000
    assert time.perf_counter() - start < 10
