"""The documented questions: answered alike in both languages, written so that one Cypher text runs on two engines."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kg.errors import InputError, UnknownTerm
from kg.property_graph import EDGES, NODES
from kg.questions import Heading, Question, describe, read_questions

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph
    from kg.ontology import Ontology

FOLDER = Path(__file__).parents[2] / "docs" / "queries"
QUESTIONS = read_questions()
NAMES = [question.name for question in QUESTIONS]
LEVEL = "// Title\n// $level: integer = 2\nRETURN $level AS level"


def test_there_are_at_least_25_questions() -> None:
    assert len(QUESTIONS) >= 25


@pytest.mark.parametrize("question", QUESTIONS, ids=NAMES)
def test_a_question_has_one_answer_in_sparql_and_cypher(question: Question, ward_graph: "KnowledgeGraph") -> None:
    values = {"image": "north:001 ü 'b'.jpg"} if question.name == "facts_of_an_image" else {}
    answer = ward_graph.ask(question.name, values, language="sparql")
    assert answer.to_pylist() == ward_graph.ask(question.name, values, language="cypher").to_pylist()
    assert len(answer)


def test_another_value_gives_another_answer(ward_graph: "KnowledgeGraph") -> None:
    broad, narrow = (
        sum(ward_graph.ask("group_by_tone", {"disease": name})["images"].to_pylist())
        for name in ("inflammatory dermatoses", "plaque psoriasis")
    )
    assert broad > narrow > 0


def test_a_term_may_be_given_by_any_of_its_names(ward_graph: "KnowledgeGraph") -> None:
    by_label, by_synonym, by_identifier = (
        ward_graph.ask("group_by_tone", {"disease": name})
        for name in ("plaque psoriasis", "Psoriasis vulgaris", "DERM:0001031")
    )
    assert by_label == by_synonym == by_identifier


def test_the_page_that_lists_them_is_current() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert page == describe(QUESTIONS), "write it again: python cli.py questions --markdown > docs/queries/README.md"


@pytest.mark.parametrize("question", QUESTIONS, ids=NAMES)
def test_a_question_is_one_and_its_parameters_are_asked_for(question: Question) -> None:
    assert re.fullmatch(r"[^?]+\?( [^?]+\.)?", question.heading.title)
    named = {parameter.name for parameter in question.heading.parameters}
    for text in (question.sparql, question.cypher):
        body = "\n".join(line for line in text.splitlines() if not line.startswith(("#", "//")))
        assert set(re.findall(r'\$(\w+)(?!")', body)) == named


_UNPORTABLE = {
    r"labels\s*\(": "labels()",
    r"\bsubstring\s*\(": "substring counts from 1 in LadybugDB",
    r"\breduce\s*\(": "reduce",
    r"\bshortestPath\b": "shortestPath",
    r"\bCALL\b": "CALL",
    r"\{\s*\d*\s*,\s*\d*\s*\}": "quantifier",
    r"\b(EXISTS|COUNT)\s*\{(?!\s*MATCH)": "EXISTS or COUNT without MATCH",
    r"\b(id|elementId)\s*\(": "internal ids",
    r"(?!\bIN\b)\b\w+\s*\[": "index or list comprehension",
    r"\|\s*:": "write A|B",
    r"\(\w*:\w+:\w+": "several labels mean or in LadybugDB",
    r"<=?\s*[\w.$]+\s*<=?": "chained comparison",
    r"\bWITH\b[^;]*?\bORDER BY\b(?![^;]*\bLIMIT\b)(?=[^;]*\bRETURN\b)": "WITH … ORDER BY without LIMIT",
    r"(?:\$|\bAS )(?:group|end|column|order|table|desc|all|exists|profile|default|primary)\b": "a reserved word",
}


@pytest.mark.parametrize("question", QUESTIONS, ids=NAMES)
def test_cypher_keeps_to_what_both_engines_read_alike(question: Question) -> None:
    text = re.sub(r"//.*", "", question.cypher)
    assert [why for pattern, why in _UNPORTABLE.items() if re.search(pattern, text)] == []
    assert "ORDER BY" in text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("RETURN x[0]", "index or list comprehension"),
        ("MATCH (a:Pair:Image)", "several labels mean or in LadybugDB"),
        ("MATCH (a) WITH a ORDER BY a.id RETURN a", "WITH … ORDER BY without LIMIT"),
        ("WHERE 1 < x < 3", "chained comparison"),
        ("RETURN a.id AS group", "a reserved word"),
        ("WHERE EXISTS { (a)-->(b) }", "EXISTS or COUNT without MATCH"),
    ],
)
def test_what_is_not_portable_is_noticed(text: str, why: str) -> None:
    assert why in [reason for pattern, reason in _UNPORTABLE.items() if re.search(pattern, text)]


@pytest.mark.parametrize("question", QUESTIONS, ids=NAMES)
def test_no_clause_follows_one_relationship_type_twice(question: Question) -> None:
    for clause in re.split(r"\b(?:MATCH|WHERE|RETURN|WITH|UNWIND)\b", question.cypher):
        types = re.findall(r"\[\w*:([\w|]+)", clause)
        assert len(types) == len(set(types)), f"LadybugDB may follow one relationship twice: {clause}"


@pytest.mark.parametrize("question", QUESTIONS, ids=NAMES)
def test_every_label_and_type_is_in_the_schema(question: Question) -> None:
    text = re.sub(r"//.*|'[^']*'", "", question.cypher)
    named = {name for names in re.findall(r"[(\[]\w*:([\w\s|]+)", text) for name in re.findall(r"\w+", names)}
    assert named <= {*NODES, *EDGES}


def test_a_heading_is_the_comments_before_the_query() -> None:
    heading = Heading.read("# What?\n# $a: term = lichen planus\n# $b: text\nSELECT * # $c: integer\n")
    assert heading.title == "What?"
    assert [(p.name, p.type, p.default) for p in heading.parameters] == [
        ("a", "term", "lichen planus"),
        ("b", "text", None),
    ]
    assert Heading.read("MATCH (n) RETURN n") == Heading("")


def test_values_have_the_types_that_are_declared(ontology: "Ontology") -> None:
    heading = Heading.read("# What?\n# $a: term\n# $b: text\n# $c: integer = 2\n# $d: number\n")
    given = {"a": "lichen planus", "b": 5, "d": "1.5", "undeclared": [1]}
    assert heading.values(given, lambda: ontology) == {
        "a": ontology.term("lichen planus").curie,
        "b": "5",
        "c": 2,
        "d": 1.5,
        "undeclared": [1],
    }


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({}, InputError, r"\$b \(text\) needs a value: --param b="),
        ({"b": "x", "c": "two"}, InputError, r"\$c: 'two' is no integer"),
        ({"b": "x", "a": "plaque psoriasys"}, UnknownTerm, "plaque psoriasis"),
    ],
)
def test_a_value_that_is_missing_or_wrong_is_named(
    given: dict[str, object], error: type[Exception], message: str, ontology: "Ontology"
) -> None:
    heading = Heading.read("# What?\n# $a: term = rosacea\n# $b: text\n# $c: integer = 2\n")
    with pytest.raises(error, match=message):
        heading.values(given, lambda: ontology)


def test_an_unknown_question_is_told_with_those_like_it(ward_graph: "KnowledgeGraph") -> None:
    with pytest.raises(InputError, match="group_by_tone"):
        ward_graph.ask("groups_by_tone")


def test_questions_of_ones_own_stand_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "levels.cypher").write_text(LEVEL)
    with pytest.raises(InputError, match=r"levels\.rq is missing"):
        read_questions(tmp_path)
    (tmp_path / "levels.rq").write_text(LEVEL.replace("//", "#").replace("= 2", "= 3"))
    with pytest.raises(InputError, match="differ between the two languages"):
        read_questions(tmp_path)
    (tmp_path / "levels.rq").write_text(LEVEL.replace("//", "#").replace("RETURN", "SELECT"))
    assert [(question.name, question.heading.title) for question in read_questions(tmp_path)] == [("levels", "Title")]


def test_a_parameter_of_no_known_type_is_refused() -> None:
    with pytest.raises(InputError, match="the types of parameters are term, text, integer, number"):
        Heading.read("# What?\n# $a: colour = red\n")


@pytest.mark.parametrize("name", ["ward_graph", "clinic_graph"])
def test_an_image_that_depicts_a_disease_has_one_ontology_sentence(name: str, request: pytest.FixtureRequest) -> None:
    graph: KnowledgeGraph = request.getfixturevalue(name)
    facts = graph.image_facts(["image", "relation"]).to_pylist()
    sentences = [
        row["image"] for row in graph.pairs(["image", "text_kind"]).to_pylist() if "ontology" in row["text_kind"]
    ]
    assert len(sentences) == len(set(sentences))
    assert {fact["image"] for fact in facts if fact["relation"] == "depicts"} <= set(sentences)
