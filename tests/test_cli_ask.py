"""Asking a graph from the command line, and at a prompt."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from typer.testing import CliRunner, Result

import cli
from commands.shell import Offers, Shell
from kg.errors import InputError

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

QUERIES = Path(__file__).parents[1] / "docs" / "queries"
LEVELS = "MATCH (d:Disease) WHERE d.level = $level RETURN d.level AS level, count(*) AS terms"


@pytest.fixture(scope="module")
def place(clinic_graph: "KnowledgeGraph") -> str:
    return str(clinic_graph.folder.parents[1])


def derm1m(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.mark.parametrize(("command", "suffix"), [("sparql", ".rq"), ("cypher", ".cypher")])
def test_a_file_says_which_parameters_it_has(command: str, suffix: str, place: str) -> None:
    file = QUERIES / f"group_by_tone{suffix}"
    by_default = derm1m(command, "--kg", place, "--file", file, "--format", "csv")
    chosen = derm1m(
        command, "--kg", place, "--file", file, "--param", "disease=basal cell carcinoma", "--format", "csv"
    )
    assert by_default.stdout == '"tone","images"\n"Fitzpatrick skin type V",1\n"Fitzpatrick skin type VI",1\n'
    assert chosen.stdout.startswith('"tone","images"\n"Fitzpatrick skin type II"')


def test_a_question_is_asked_by_its_name(place: str) -> None:
    answers = [derm1m("ask", "images_by_group", "--kg", place, "--language", name) for name in ("sparql", "cypher")]
    assert answers[0].stdout == answers[1].stdout
    assert "group_label" in answers[0].stdout


@pytest.mark.parametrize("language", ["sparql", "cypher"])
def test_a_misspelt_parameter_is_not_answered_by_the_default(language: str, place: str) -> None:
    with pytest.raises(InputError, match=r"no parameter \$diseas: did you mean \$disease\?"):
        derm1m("ask", "group_by_tone", "--kg", place, "--param", "diseas=psoriasis", "--language", language)


@pytest.mark.parametrize(("most", "said"), [(1, "1 row\n"), (2, "2 rows\n")])
def test_rows_are_counted_in_english(most: int, said: str, place: str) -> None:
    assert derm1m("cypher", "--kg", place, f"MATCH (p:Pair) RETURN p.id AS id LIMIT {most}").stderr == said


def test_a_picture_is_svg_and_named_so(place: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"net\.png: the picture is SVG: name a file that ends in \.svg"):
        derm1m("draw", "--kg", place, "--out", tmp_path / "net.png")
    assert not (tmp_path / "net.png").exists()
    assert derm1m("draw", "--kg", place, "--out", tmp_path / "net.svg").stdout.startswith(str(tmp_path / "net.svg"))


def test_questions_are_listed() -> None:
    assert "group_by_tone" in derm1m("questions").stdout
    assert derm1m("questions", "--markdown").stdout == (QUERIES / "README.md").read_text(encoding="utf-8")


def test_parameters_have_the_types_of_json(place: str) -> None:
    assert json.loads(derm1m("cypher", "--kg", place, LEVELS, "--param", "level=1", "--format", "json").stdout) == [
        {"level": 1, "terms": 12}
    ]


def test_an_iri_is_a_parameter_of_sparql(place: str) -> None:
    query = "SELECT (STR(?label) AS ?name) WHERE { $term rdfs:label ?label }"
    iri = "<https://w3id.org/derm1m/DERM_0001031>"
    assert "plaque psoriasis" in derm1m("sparql", "--kg", place, query, "--param", f"term={iri}").stdout
    with pytest.raises(InputError, match="term=<no IRI>"):
        derm1m("sparql", "--kg", place, query, "--param", "term=<no IRI>")


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ('"plaque psoriasis"@en', True),
        ('"plaque psoriasis"@de', False),
        ("plaque psoriasis", False),
        ('"plaque psoriasis"^^xsd:string', False),
    ],
)
def test_a_label_is_given_with_its_language(value: str, found: bool, place: str) -> None:
    query = "ASK { ?term rdfs:label $label }"
    answer = derm1m("sparql", "--kg", place, query, "--param", f"label={value}", "--format", "json")
    assert json.loads(answer.stdout) == [{"answer": found}]


@pytest.mark.parametrize("type_", ["xsd:gYear", "<http://www.w3.org/2001/XMLSchema#gYear>"])
def test_a_literal_is_given_with_its_type(type_: str, place: str) -> None:
    query = "ASK { FILTER(DATATYPE($year) = xsd:gYear && STR($year) = 'the \"2026\"') }"
    value = rf'year="the \"2026\""^^{type_}'
    answer = derm1m("sparql", "--kg", place, query, "--param", value, "--format", "json")
    assert json.loads(answer.stdout) == [{"answer": True}]
    with pytest.raises(InputError, match="unknown:year"):
        derm1m("sparql", "--kg", place, query, "--param", 'year="1"^^unknown:year')


def test_a_term_of_a_question_may_be_an_iri(place: str) -> None:
    by_iri, by_name = (
        derm1m("ask", "group_by_tone", "--kg", place, "--param", f"disease={term}").stdout
        for term in ("<https://w3id.org/derm1m/DERM_0001031>", "plaque psoriasis")
    )
    assert by_iri == by_name


def test_a_file_that_cannot_be_read_is_wrong_input(place: str, tmp_path: Path) -> None:
    (tmp_path / "bytes.rq").write_bytes(b"\xff\xfe")
    for file, message in (("missing.rq", "No such file"), ("bytes.rq", "not UTF-8"), (".", "Is a directory")):
        with pytest.raises(InputError, match=rf"--file .*{file}: {message}"):
            derm1m("sparql", "--kg", place, "--file", tmp_path / file)


def test_lists_are_json_in_a_csv_file_and_lists_in_parquet(place: str, tmp_path: Path) -> None:
    query = "MATCH (p:Pair)-[r:HAS_SKIN_TONE]->(t) RETURN r.evidence AS evidence, null AS nothing LIMIT 1"
    derm1m("cypher", "--kg", place, query, "--format", "csv", "--out", tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text().splitlines()[1].startswith('"[""tone_one|')
    derm1m("cypher", "--kg", place, query, "--format", "parquet", "--out", tmp_path / "a.parquet")
    assert isinstance(pq.read_table(tmp_path / "a.parquet")["evidence"][0].as_py(), list)


def test_explain_tells_how_a_query_is_answered(place: str) -> None:
    by_tone = ["--file", QUERIES / "group_by_tone.rq", "--explain"]
    counted = derm1m("sparql", "--kg", place, *by_tone).stdout.splitlines()
    assert counted[0].split() == ["1", "?broad", "dcterms:identifier", '"DERM:0000101"']
    assert counted[-1].endswith("?count d1m:imageCount ?images")
    plan = derm1m("cypher", "--kg", place, LEVELS, "--param", "level=1", "--explain").stdout
    assert "SCAN_NODE_TABLE" in plan
    with pytest.raises(InputError, match="Expected"):
        derm1m("sparql", "--kg", place, "SELECT * WHERE { ?x", "--explain")


def test_a_query_past_its_time_is_stopped(place: str) -> None:
    with pytest.raises(InputError, match=r"no answer within 0\.3 s"):
        derm1m("cypher", "--kg", place, "MATCH (a), (b), (c) RETURN count(*) AS n", "--timeout", "0.3")


def type_at_the_prompt(graph: "KnowledgeGraph", *lines: str) -> Shell:
    """A shell after these lines, each sent with Enter, and the end of the input."""
    shell = Shell(graph, "cypher", history=InMemoryHistory())
    with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=DummyOutput()):
        keyboard.send_text("".join(f"{line}\r" for line in lines))
        keyboard.send_text("\\quit\r")
        shell.run()
    return shell


def test_the_prompt_answers_in_both_languages(
    clinic_graph: "KnowledgeGraph", capsys: pytest.CaptureFixture[str]
) -> None:
    type_at_the_prompt(
        clinic_graph,
        "\\format csv",
        "MATCH (i:Image)",
        "RETURN count(*) AS images;",
        "\\sparql",
        "SELECT (COUNT(?i) AS ?pictures) WHERE {",
        "  ?i a d1m:Image };",
        "\\ask group_by_tone disease='plaque psoriasis'",
    )
    said = capsys.readouterr().out
    assert '"images"\n7\n' in said
    assert '"pictures"\n7\n' in said
    assert "Fitzpatrick skin type V" in said


def test_the_prompt_goes_on_after_what_is_wrong(
    clinic_graph: "KnowledgeGraph", capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = ("MATCH (x:Unicorn) RETURN x;", "\\nonsense", "\\timeout soon", "\\timeout -3", "\\timeout nan")
    type_at_the_prompt(clinic_graph, *wrong, "RETURN 1 AS one;")
    said = capsys.readouterr()
    assert "Unicorn" in said.err
    assert "\\nonsense is no command" in said.err
    assert "no number of seconds" in said.err
    assert "a time limit of -3 s: give a number of seconds above 0" in said.err
    assert "a time limit of nan s" in said.err
    assert "one" in said.out


def test_the_prompt_keeps_what_was_asked_where_it_can(
    clinic_graph: "KnowledgeGraph",
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    Shell(clinic_graph, "cypher")
    assert (tmp_path / ".derm1m_history").exists()
    assert not capsys.readouterr().err
    for home in (tmp_path / "missing", tmp_path / ".derm1m_history"):
        monkeypatch.setenv("HOME", str(home))
        Shell(clinic_graph, "cypher")
        assert "is not kept for the next time" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("before", "offer"),
    [
        ("MATCH (d:BodyS", "BodySite"),
        ("\\expl", "\\explain"),
        ("\\ask group_", "group_by_tone"),
        ("MATCH (d:Disease {label: 'plaque ps", "plaque psoriasis'"),
    ],
)
def test_the_prompt_completes_queries_commands_and_questions(
    before: str, offer: str, clinic_graph: "KnowledgeGraph"
) -> None:
    completer = Offers(Shell(clinic_graph, "cypher", history=InMemoryHistory()))
    offered = completer.get_completions(Document(before), CompleteEvent(completion_requested=True))
    assert offer in [completion.text for completion in offered]
