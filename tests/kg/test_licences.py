"""Licences have short names that can be compared."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kg import sources
from kg.build import build
from kg.errors import InputError
from kg.export import export
from kg.graph import KnowledgeGraph
from kg.licences import address, find_licences, short_name
from kg.selection import Selection

if TYPE_CHECKING:
    from kg.ontology import Ontology


@pytest.mark.parametrize(
    ("licence", "name"),
    [
        ("CC BY 4.0", "CC-BY-4.0"),
        ("CC BY-NC-SA 3.0", "CC-BY-NC-SA-3.0"),
        ("cc-by-nc-nd-4.0", "CC-BY-NC-ND-4.0"),
        ("CC-BY-NC", "CC-BY-NC"),
        ("CC0", "CC0-1.0"),
        ("CC0-1.0", "CC0-1.0"),
        ("CC-0", "CC0-1.0"),
        ("not stated", "NOASSERTION"),
        ("", "NOASSERTION"),
        ("CC BY-NC 4.0, after registration", "LicenseRef-CC-BY-NC-4.0-after-registration"),
        ("SCIN Data Use License", "LicenseRef-SCIN-Data-Use-License"),
        ("CC BY 4.0 AND not stated (SkinCon)", "CC-BY-4.0 AND NOASSERTION"),
    ],
)
def test_short_name(licence: str, name: str) -> None:
    assert short_name(licence) == name
    assert short_name(name) == name


@pytest.mark.parametrize(
    ("licence", "url"),
    [
        ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
        ("cc-by-nc-nd-3.0", "https://creativecommons.org/licenses/by-nc-nd/3.0/"),
        ("CC0", "https://creativecommons.org/publicdomain/zero/1.0/"),
        ("CC BY-NC", None),
        ("CC BY-NC 4.0, after registration", None),
        ("not stated", None),
    ],
)
def test_address_of_a_licence(licence: str, url: str | None) -> None:
    assert address(licence) == url


KNOWN = ["CC BY-NC 4.0", "CC BY 4.0", "SCIN Data Use License", "not stated", None]


def test_allowed_licence_is_found_by_its_text_or_its_short_name() -> None:
    for allowed in (["cc-by-nc-4.0", "LicenseRef-SCIN-Data-Use-License"], ["CC BY-NC 4.0", "scin data use license"]):
        assert find_licences(KNOWN, allowed) == {"CC BY-NC 4.0", "SCIN Data Use License"}
    assert find_licences(KNOWN, ["NOASSERTION"]) == {"not stated"}


def test_of_licences_that_hold_together_all_must_be_allowed() -> None:
    both = "CC BY 4.0 AND not stated (SkinCon)"
    known = [both, "CC BY 4.0"]
    assert find_licences(known, ["CC BY 4.0"]) == {"CC BY 4.0"}
    assert find_licences(known, ["NOASSERTION"]) == set()
    assert find_licences(known, ["CC BY 4.0", "not stated"]) == {both, "CC BY 4.0"}
    assert find_licences(known, [both]) == {both, "CC BY 4.0"}
    assert find_licences(known, ["CC-BY-4.0 AND NOASSERTION"]) == {both, "CC BY 4.0"}


def test_the_licence_of_a_joined_file_holds_where_the_file_is_read(tmp_path: Path, ontology: "Ontology") -> None:
    spec = sources.describe("fitzpatrick17k")
    header = "md5hash,fitzpatrick_scale,fitzpatrick_centaur,label"
    (tmp_path / "fitzpatrick17k.csv").write_text(f"{header}\nabc,1,2,acne\n", encoding="utf-8")
    assert sources.terms_of_use(spec, tmp_path) == (spec.licence, spec.citation)
    concepts = [name for fact in spec.joins[0].facts for name in fact.terms or {}]
    lines = [["ImageID", "Do not consider this image", *concepts], ["abc.jpg", "0", *"1" * len(concepts)]]
    (tmp_path / "annotations_fitzpatrick17k.csv").write_text("\n".join(map(",".join, lines)), encoding="utf-8")

    build([("fitzpatrick17k", tmp_path)], tmp_path / "derm.kg", ontology=ontology, processes=1, progress=False)
    graph = KnowledgeGraph.open(tmp_path / "derm.kg")

    (told,) = graph.sources().to_pylist()
    assert told["licence"] == "CC BY-NC-SA 3.0 AND not stated (SkinCon)"
    assert "Groh M" in told["citation"]
    assert "SkinCon: Daneshjou R" in told["citation"]
    assert graph.cypher("MATCH (s:Source) RETURN s.licence AS licence")["licence"].to_pylist() == [told["licence"]]
    out = tmp_path / "pairs.parquet"
    refused = export(graph, Selection(), out, allow_licences=["CC BY-NC-SA 3.0"])
    assert (refused.written, list(refused.left_out)) == (0, [f"licence {told['licence']} is not allowed"])
    assert export(graph, Selection(), out, allow_licences=["CC BY-NC-SA 3.0", "NOASSERTION"]).written > 0
    graph.close()


def test_allowed_licence_that_no_source_has_is_named() -> None:
    with pytest.raises(InputError, match="no source has the licence 'CC0'"):
        find_licences(KNOWN, ["CC0"])
