"""Prompts at every level, and the sentences of an image."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from kg.errors import InputError
from kg.ontology import Ontology
from kg.pairs import IMAGE_FACTS
from kg.prompts import class_prompts, concept_sentences, ontology_sentences, prompts, style_names
from kg.sentences import SENTENCES
from kg.wording import listed, with_article

DATA = Path(__file__).parent / "data"
CASES: list[dict[str, Any]] = tomllib.loads((DATA / "sentences.toml").read_text("utf-8"))["case"]


def texts(ontology: Ontology, name: str, **options: Any) -> list[str]:
    return [prompt.text for prompt in prompts(ontology, ontology.term(name), **options)]


def test_plaque_psoriasis_has_prompts_at_four_levels(ontology: Ontology) -> None:
    made = prompts(ontology, ontology.term("plaque psoriasis"))
    named = {prompt.level: prompt.term.label for prompt in made}
    assert named == {
        1: "inflammatory dermatoses",
        2: "papulosquamous and lichenoid disorders",
        3: "psoriasis",
        4: "plaque psoriasis",
    }
    assert [prompt.level for prompt in made] == sorted(prompt.level or 0 for prompt in made)


def test_prompts_walk_the_graph(ontology: Ontology) -> None:
    made = texts(ontology, "plaque psoriasis", levels=[4])
    assert "plaque psoriasis" in made
    assert "an image of psoriasis vulgaris" in made
    assert "an image of plaque psoriasis, which belongs to psoriasis" in made
    path = "inflammatory dermatoses, papulosquamous and lichenoid disorders, psoriasis, plaque psoriasis"
    assert path in made
    [findings] = [text for text in made if text.startswith("plaque psoriasis, typically with")]
    assert "a plaque" in findings
    assert "silvery scale" in findings
    [sites] = [text for text in made if text.startswith("plaque psoriasis, typically on the")]
    assert "elbow" in sites


def test_a_group_has_the_findings_that_its_conditions_share(ontology: Ontology) -> None:
    [text] = [t for t in texts(ontology, "melanoma", levels=[2], styles=["findings"]) if t.startswith("melanoma,")]
    assert "color variegation" in text


def test_a_group_stops_at_its_own_level(ontology: Ontology) -> None:
    assert {prompt.level for prompt in prompts(ontology, ontology.term("melanoma"))} == {1, 2}


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_levels_are_those_asked_for(ontology: Ontology, level: int) -> None:
    assert {p.level for p in prompts(ontology, ontology.term("nodular melanoma"), levels=[level])} == {level}


def test_an_index_spelling_or_abbreviation_is_no_prompt(ontology: Ontology) -> None:
    made = texts(ontology, "plaque psoriasis")
    assert not [text for text in made if "(" in text]
    assert "an image of PsO" not in made


def test_a_term_outside_the_tree_has_prompts_of_itself(ontology: Ontology) -> None:
    made = prompts(ontology, ontology.term("melanocytic neoplasm"))
    assert {(prompt.term.label, prompt.level) for prompt in made} == {("melanocytic neoplasm", None)}
    assert "an image of melanocytic neoplasm" in [prompt.text for prompt in made]


def test_every_disease_has_prompts_that_are_finished_text(ontology: Ontology) -> None:
    made = class_prompts(ontology, ontology.terms("disease"))
    for curie, said in made.items():
        assert said[0] == ontology.term(curie).label
        assert [text for text in said if "{" in text or text != " ".join(text.split())] == [], curie


def test_conditions_have_prompts_at_every_level(ontology: Ontology) -> None:
    for term in [term for term in ontology.terms("disease") if term.is_condition][::50]:
        assert {prompt.level for prompt in prompts(ontology, term)} == {1, 2, 3, 4}, term.label


def test_class_prompts_are_those_of_the_term_itself_without_repetition(ontology: Ontology) -> None:
    term = ontology.term("plaque psoriasis")
    made = class_prompts(ontology, [term, ontology.term("melanoma")])
    assert list(made) == [term.curie, ontology.term("melanoma").curie]
    assert made[term.curie] == texts(ontology, "plaque psoriasis", levels=[4])
    assert len(set(made[term.curie])) == len(made[term.curie])


def test_styles_can_be_chosen(ontology: Ontology) -> None:
    made = prompts(ontology, ontology.term("plaque psoriasis"), styles=["path", "sites"])
    assert {prompt.style for prompt in made} == {"path", "sites"}


def test_unknown_level_or_style_is_refused_with_the_choice(ontology: Ontology) -> None:
    term = ontology.term("melanoma")
    with pytest.raises(InputError, match="no level 5"):
        prompts(ontology, term, levels=[5])
    with pytest.raises(InputError, match=", ".join(style_names())):
        prompts(ontology, term, styles=["haiku"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_sentences(case: dict[str, Any], ontology: Ontology, image_facts: Callable[..., pa.Table]) -> None:
    facts = image_facts([parse_fact(text) for text in case["facts"]])
    assert ontology_sentences(facts, ontology)["text"].to_pylist() == [case["ontology"]] * bool(case["ontology"])
    assert concept_sentences(facts, ontology)["text"].to_pylist() == [case["concept"]] * bool(case["concept"])


def parse_fact(text: str) -> tuple[Any, ...]:
    said, *more = text.split(" | ")
    relation, _, term = said.partition(" ")
    return ("s:1", relation, term, dict(part.split(": ") for part in more))


def test_sentences_come_in_the_order_of_the_images(ontology: Ontology, image_facts: Callable[..., pa.Table]) -> None:
    facts = image_facts([(image, "depicts", "melanoma") for image in ("s:9", "s:1", "s:9", "s:5")])
    assert ontology_sentences(facts, ontology)["image"].to_pylist() == ["s:9", "s:1", "s:5"]


@pytest.mark.parametrize("render", [ontology_sentences, concept_sentences])
def test_no_facts_are_no_sentences(render: Callable[..., pa.Table], ontology: Ontology) -> None:
    made = render(IMAGE_FACTS.empty_table(), ontology)
    assert made.schema == SENTENCES
    assert made.num_rows == 0


def test_a_sentence_depends_on_the_facts_of_its_image_alone(
    ontology: Ontology, image_facts: Callable[..., pa.Table]
) -> None:
    def concept(*rows: tuple[str, str, str]) -> dict[str, str]:
        table = concept_sentences(image_facts(rows), ontology)
        return dict(zip(table["image"].to_pylist(), table["text"].to_pylist(), strict=True))

    one, other = ("s:1", "shows", "papule"), ("s:2", "shows", "red")
    assert concept(one, other) == concept(one) | concept(other)
    assert concept(one, other)["s:1"] == "This image shows a papule."


def test_concept_sentences_never_name_the_disease(tmp_path: Path) -> None:
    file = tmp_path / "shared-name.ttl"
    file.write_text(SHARED_NAME)
    shared = Ontology.load(file)
    rows = [("s:1", "depicts", "0001001"), ("s:1", "shows", "0000301"), ("s:1", "shows", "0000302")]
    rows += [("s:2", "depicts", "0001002"), ("s:2", "shows", "0000301")]
    facts = pa.Table.from_pylist(
        [{"image": i, "relation": r, "term": f"DERM:{t}", "column": "c", "rule": "label"} for i, r, t in rows],
        IMAGE_FACTS,
    )
    made = concept_sentences(facts, shared).to_pylist()
    assert made == [
        {"image": "s:1", "text": "This image shows crust."},
        {"image": "s:2", "text": "This image shows ulceration."},
    ]


SHARED_NAME = """
@prefix DERM: <https://w3id.org/derm1m/DERM_> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix oboInOwl: <http://www.geneontology.org/formats/oboInOwl#> .
<https://w3id.org/derm1m/test.owl> a owl:Ontology .
DERM:0010021 a owl:AnnotationProperty .
DERM:0000001 a owl:Class ; rdfs:label "skin condition"@en .
DERM:0000003 a owl:Class ; rdfs:label "clinical finding"@en .
DERM:0001001 a owl:Class ; rdfs:label "skin ulcer"@en ; rdfs:subClassOf DERM:0000001 ; DERM:0010021 1 ;
    oboInOwl:hasExactSynonym "Ulceration"@en .
DERM:0001002 a owl:Class ; rdfs:label "other disorder"@en ; rdfs:subClassOf DERM:0000001 ; DERM:0010021 1 .
DERM:0000301 a owl:Class ; rdfs:label "ulceration"@en ; rdfs:subClassOf DERM:0000003 .
DERM:0000302 a owl:Class ; rdfs:label "crust"@en ; rdfs:subClassOf DERM:0000003 .
"""


@pytest.mark.parametrize(
    ("items", "text"),
    [(["scale"], "scale"), (["scale", "crust"], "scale and crust"), (["a", "b", "c"], "a, b and c")],
)
def test_lists_read_as_english(items: list[str], text: str) -> None:
    assert listed(items) == text


@pytest.mark.parametrize(
    "phrase",
    ["an ulcer", "an erosion", "a plaque", "a unilateral patch", "an uninvolved border", "an irregular border"],
)
def test_articles_follow_the_sound(phrase: str) -> None:
    assert with_article(phrase.split(" ", 1)[1]) == phrase
