"""Tables of phrases that a clinician can extend."""

from pathlib import Path

import pytest

from kg.errors import InputError
from kg.language.context import Context
from kg.language.folding import fold
from kg.language.phrases import Phrases, expand


def test_choices_stand_for_every_combination() -> None:
    assert sorted(expand("(no|any|) sign(s|) of")) == [
        "any sign of",
        "any signs of",
        "no sign of",
        "no signs of",
        "sign of",
        "signs of",
    ]


def test_the_longest_whole_phrase_is_found_and_none_inside_it() -> None:
    phrases = Phrases({"no": 1, "no sign of": 2, "sign": 3, ", a common": 4})
    text = "No sign of scale, no signal, a common thing, node"
    assert [(text[start:end], value) for start, end, value in phrases.find(fold(text))] == [
        ("No sign of", 2),
        ("no", 1),
        (", a common", 4),
    ]


@pytest.mark.parametrize(
    "row", ["no\tnever\tafter", "no\tabsent\tbehind", "no\tabsent\t", "no\tstop\tafter", "no\tabsent"]
)
def test_table_with_a_row_that_means_nothing_is_refused(row: str, tmp_path: Path) -> None:
    table = tmp_path / "cues.tsv"
    table.write_text(f"cue\tsays\treach\n{row}\n", encoding="utf-8")
    with pytest.raises(InputError, match="no"):
        Context(table)
