"""The ontology as a page: everything is in it, nothing is outside it, and no text is taken for markup."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.mappings import Mapping, MappingSet
from kg.ontology import Ontology
from kg.ontology_page import embedded_json, render_page, term_records

ROOT = Path(__file__).parents[2]
TINY = Path(__file__).parent / "data" / "tiny.ttl"


@pytest.fixture(scope="module")
def tiny() -> Ontology:
    return Ontology.load(TINY)


@pytest.fixture(scope="module")
def page(tiny: Ontology) -> str:
    return render_page(tiny)


def _embedded(page: str) -> list[dict]:
    return json.loads(re.search(r'<script type="application/json" id="ontology">(.*?)</script>', page, re.DOTALL)[1])


def test_every_term_of_the_ontology_is_in_its_page(ontology: Ontology) -> None:
    records = {record["id"]: record for record in _embedded(render_page(ontology))}

    assert records.keys() == {term.curie for term in ontology.terms()}
    for term in ontology.terms():
        assert records[term.curie]["label"] == term.label
        assert records[term.curie].get("definition") == term.definition


def test_a_record_holds_what_is_known_of_its_term(tiny: Ontology) -> None:
    table = MappingSet(
        (),
        (Mapping("DERM:0001004", "psoriasis", "skos:exactMatch", "DOID:8893", "psoriasis", "", "", "0.8", "verified"),),
    )

    record = next(record for record in term_records(tiny, table) if record["id"] == "DERM:0001004")

    assert record == {
        "id": "DERM:0001004",
        "iri": "https://w3id.org/derm1m/DERM_0001004",
        "label": "psoriasis",
        "kind": "disease",
        "level": 4,
        "definition": "A chronic disease of the skin with scaly plaques.",
        "malignancy": "not neoplastic",
        "core": True,
        "review": "unreviewed",
        "synonyms": [
            ["PsO", "exact", "abbreviation", "a textbook"],
            ["psoriasis vulgaris", "exact", None, None],
            ["papulosquamous rash", "broad", None, None],
        ],
        "excluded": ("parapsoriasis",),
        "parents": ["DERM:0001003"],
        "knowledge": [
            ["hasFinding", "DERM:0000302", "obligate", None],
            ["hasFinding", "DERM:0000301", "very frequent", None],
            ["hasTypicalSite", "DERM:0000401", "occasional", None],
            ["hasFinding", "DERM:0000303", None, None],
        ],
        "mappings": [
            ["exactMatch", "DOID:8893", "http://purl.obolibrary.org/obo/DOID_8893", "psoriasis", "0.8", "verified"],
            ["broadMatch", "MESH:D017444", "http://id.nlm.nih.gov/mesh/D017444"],
        ],
        "axioms": ["SubClassOf 'has malignancy' some 'not neoplastic'"],
    }  # fmt: skip


def test_inferred_groups_and_their_definitions_are_told(tiny: Ontology) -> None:
    records = {record["label"]: record for record in term_records(tiny)}

    assert records["nail psoriasis"]["inferred"] == [tiny.term("disorder of foot").curie]
    assert records["disorder of foot"]["axioms"] == [
        "EquivalentTo 'skin condition' and ('disease has location' some foot)"
    ]


def test_the_page_needs_nothing_from_outside(page: str) -> None:
    markup = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)

    assert re.findall(r"<(?:link|img|iframe|object|embed)\b|\bsrc=|@import|url\(", markup) == []
    assert "default-src 'none'" in page


def test_the_policy_names_the_style_and_the_script_by_their_content(page: str) -> None:
    import base64
    import hashlib

    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    for pattern, source in ((r"<style>(.*?)</style>", "style-src"), (r"<script>(.*?)</script>", "script-src")):
        digest = hashlib.sha256(re.search(pattern, page, re.DOTALL)[1].encode()).digest()
        assert f"{source} 'sha256-{base64.b64encode(digest).decode()}'" in policy.replace("&#39;", "'")


@given(st.text() | st.sampled_from(["</script>", "<!--", "<script>", "]]>", "\u2028", "&lt;"]))
def test_no_text_ends_the_script_that_holds_it(text: str) -> None:
    embedded = embedded_json({"label": text})

    assert not re.search("[<>&\u2028\u2029]", embedded)
    assert json.loads(embedded) == {"label": text}


def test_a_title_is_text_and_not_markup(tmp_path: Path) -> None:
    file = tmp_path / "odd.ttl"
    file.write_text(
        TINY.read_text(encoding="utf-8")
        + '<https://w3id.org/derm1m/tiny.owl> <http://purl.org/dc/terms/title> "<b>x</b> & co" .\n',
        encoding="utf-8",
    )

    assert "<title>&lt;b&gt;x&lt;/b&gt; &amp; co</title>" in render_page(Ontology.load(file))


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    out = tmp_path / "tiny.html"
    command = [sys.executable, ROOT / "cli.py", "ontology", "page", "--ontology", TINY, "--out", out]

    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")
