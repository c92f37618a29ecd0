"""Addresses of servers: who asks stands in them or in the environment, and a password in no message."""

import pytest

from kg.endpoint import SparqlEndpoint
from kg.errors import InputError
from kg.graph import KnowledgeGraph
from kg.neo4j import Server


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NEO4J_USER", "NEO4J_DATABASE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NEO4J_PASSWORD", "from-outside")


def test_a_password_alone_is_that_of_the_user_neo4j() -> None:
    assert Server.of_environment("bolt://host:7687") == Server("bolt://host:7687", "neo4j", "from-outside", "neo4j")


@pytest.mark.parametrize(
    ("address", "server"),
    [
        ("bolt://host:7687", ("bolt://host:7687", "neo4j", "from-outside")),
        ("bolt://ada:p%40ss%2F@host:7687", ("bolt://host:7687", "ada", "p@ss/")),
        ("neo4j+s://ada@host", ("neo4j+s://host", "ada", "from-outside")),
        ("bolt://:word@[::1]:7687", ("bolt://[::1]:7687", "neo4j", "word")),
    ],
)
def test_user_and_password_of_an_address_come_before_those_of_the_environment(
    address: str, server: tuple[str, str, str]
) -> None:
    assert Server.of_environment(address) == Server(*server)


def test_no_password_is_told() -> None:
    for address in ("bolt://ada:secret@host", "http://ada:secret@host/sparql"):
        assert "secret" not in repr(KnowledgeGraph.open(address))
    assert "secret" not in repr(Server("bolt://ada:secret@host"))


@pytest.mark.parametrize("address", ["bolt://ada:secret/1@host", "bolt://ada:secret#@host"])
def test_a_password_that_breaks_the_address_is_refused_and_not_told(address: str) -> None:
    with pytest.raises(InputError, match="%2F") as refusal:
        Server(address)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("address", ["http://ada:secret@/sparql", "http://ada:secret/1@host/sparql", "http:///sparql"])
def test_an_address_without_a_host_is_refused_and_its_password_not_told(address: str) -> None:
    with pytest.raises(InputError, match="write it as http://host/path") as refusal:
        SparqlEndpoint(address)
    assert "secret" not in str(refusal.value)
