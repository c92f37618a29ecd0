"""The worked example of the documentation does what it says."""

import re
from pathlib import Path

from kg import sources
from kg.alignment import align
from kg.ontology import Ontology

DOCUMENT = Path(__file__).parents[3] / "docs" / "sources.md"


def test_worked_example(tmp_path: Path, ontology: Ontology) -> None:
    blocks = dict(re.findall(r"```(csv|toml)\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL))
    (tmp_path / "ward.csv").write_text(blocks["csv"], encoding="utf-8")
    (tmp_path / "source.toml").write_text(blocks["toml"], encoding="utf-8")

    reading = sources.read("ward", tmp_path, progress=False)
    alignment = align(reading, ontology)

    assert (reading.rows_in, reading.images.num_rows) == (3, 3)
    assert {row["surface"]: row["count"] for row in alignment.unlinked.to_pylist()} == {"ECZ": 1}
    facts = {
        (row["image"], row["relation"], ontology.term(row["term"]).label, row["column"])
        for row in alignment.facts.to_pylist()
    }
    assert {fact for fact in facts if fact[0] == "ward:img_003.png"} == {
        ("ward:img_003.png", "atSite", "face", "where"),
        ("ward:img_003.png", "suspects", "rosacea", "remark"),
    }
    assert ("ward:img_001.png", "lacks", "crust", "remark") in facts
    assert ("ward:img_002.png", "lacksSymptom", "pruritus", "itching") in facts
    assert ("ward:img_001.png", "hasSkinTone", "Fitzpatrick skin type II", "skin") in facts
