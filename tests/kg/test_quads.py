"""The text of the RDF graph: names and literals of any characters, and what a shard says."""

from typing import TYPE_CHECKING

import pyarrow as pa
import pyoxigraph as ox
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kg.pairs import IMAGE_FACTS, IMAGES, PAIRS, TextKind
from kg.quads import node_iri, write_shard
from kg.tables import Shard

if TYPE_CHECKING:
    from kg.ontology import Ontology

D1M = "https://w3id.org/derm1m/vocab#"
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


def _shard(ids: list[str], text: str = "x", facts: list[tuple[str, str, str, str]] | None = None) -> Shard:
    """Images with a caption each, and facts (image, relation, term, column)."""
    images = [{"image": f"s:{key}", "source": "s", "key": key, "available": False} for key in ids]
    pairs = [
        {"pair": f"s:{key}:caption:0", "image": f"s:{key}", "source": "s", "text_kind": TextKind.CAPTION, "text": text}
        for key in ids
    ]
    names = ("image", "relation", "term", "column")
    said = [{**dict(zip(names, fact, strict=True)), "rule": "label"} for fact in facts or []]
    return Shard(
        pa.Table.from_pylist(images, IMAGES),
        pa.Table.from_pylist(pairs, PAIRS),
        pa.Table.from_pylist(said, IMAGE_FACTS),
    )


def _read(shard: Shard, terms: pa.Table) -> ox.Dataset:
    text = b"".join(write_shard(shard, terms))
    return ox.Dataset(ox.parse(text, format=ox.RdfFormat.TRIG))


@pytest.fixture(scope="module")
def terms(ontology: "Ontology") -> pa.Table:
    return ontology.table()


@given(keys=st.lists(TEXT, min_size=1, max_size=5, unique=True), text=TEXT)
@example(keys=['a/b c%20"<>\\^`{|}~é皮😀', ":-_.~"], text='\\ " \n \r \t \x85 \u2028')
def test_any_id_and_text_is_read_back_as_it_was(terms: pa.Table, keys: list[str], text: str) -> None:
    read = _read(_shard(keys, text), terms)
    named = {
        (quad.subject.value, quad.object.value)
        for quad in read
        if quad.predicate.value == "http://purl.org/dc/terms/identifier" and "/image/" in quad.subject.value
    }
    assert named == {(node_iri("image", f"s:{key}"), f"s:{key}") for key in keys}
    assert {quad.object.value for quad in read if quad.predicate.value == f"{D1M}text"} == {text}


def test_each_pair_carries_what_is_said_of_its_image_and_evidence_says_it_of_the_image(terms: pa.Table) -> None:
    plaque, elbow = terms["term"].to_pylist()[40], terms["term"].to_pylist()[50]
    facts = [
        ("s:1", "shows", plaque, "caption"),
        ("s:1", "shows", plaque, "finding"),
        ("s:1", "atSite", elbow, "site"),
        ("s:2", "lacks", plaque, "caption"),
    ]
    read = _read(_shard(["1", "2", "3"], facts=facts), terms)
    said = [quad for quad in read if quad.object.value in terms["iri"].to_pylist()]
    iri = dict(zip(terms["term"].to_pylist(), terms["iri"].to_pylist(), strict=True))
    plain = {(quad.subject.value, quad.predicate.value, quad.object.value) for quad in said if not _graph(quad)}
    assert plain == {
        (node_iri("pair", f"{image}:caption:0"), f"{D1M}{relation}", iri[term]) for image, relation, term, _ in facts
    }
    columns = {quad.subject: quad.object.value for quad in read if quad.predicate.value == f"{D1M}column"}
    assert sorted(
        (quad.subject.value, columns[quad.graph_name], quad.object.value) for quad in said if _graph(quad)
    ) == sorted((node_iri("image", image), column, iri[term]) for image, _, term, column in facts)


def test_a_value_that_is_not_known_has_no_statement(terms: pa.Table) -> None:
    read = _read(_shard(["1"]), terms)
    of_image = {quad.predicate.value.removeprefix(D1M) for quad in read if "/image/" in quad.subject.value}
    assert {"available", "fromSource"} <= of_image
    assert not {"age", "sex", "path", "modality", "patient", "lesion"} & of_image


def _graph(quad: ox.Quad) -> bool:
    return not isinstance(quad.graph_name, ox.DefaultGraph)
