"""Texts shortened at the ends of sentences."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import InputError
from kg.export import Shortening, export
from kg.export.shortening import shorten
from kg.selection import Selection

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph


def count_words(texts: Sequence[str]) -> list[int]:
    """Words, and a mark at the start and the end."""
    return [len(text.split()) + 2 for text in texts]


def shortened(text: str, tokens: int) -> str:
    texts = pa.chunked_array([[text]])
    return str(shorten(texts, Shortening("words", tokens, count_words)).texts[0])


@pytest.mark.parametrize(
    ("text", "tokens", "expected"),
    [
        ("A red patch. It itches. Seen on the arm.", 12, "A red patch. It itches. Seen on the arm."),
        ("A red patch. It itches. Seen on the arm.", 9, "A red patch. It itches."),
        ("A red patch. It itches. Seen on the arm.", 6, "A red patch."),
        ('He said "no." Then he left at once.', 6, 'He said "no."'),
        ("A plaque of 3.5 cm on the arm. Old.", 10, "A plaque of 3.5 cm on the arm."),
        ("A patch, e.g. psoriasis of the scalp. Red.", 9, "A patch, e.g. psoriasis of the scalp."),
        ("One very long sentence without any end", 6, "One very long sentence"),
        ("Short. One very long sentence without any end", 7, "Short."),
    ],
)
def test_a_text_is_cut_at_a_sentence_end_where_there_is_one(text: str, tokens: int, expected: str) -> None:
    assert shortened(text, tokens) == expected


def count_characters(texts: Sequence[str]) -> list[int]:
    """A token for each character, as a tokenizer has for rare words, and a mark at the start and the end."""
    return [len(text) + 2 for text in texts]


@pytest.mark.parametrize(
    ("text", "tokens", "expected", "where"),
    [
        ("手肘处可见边界清楚的红色斑块，表面有银白色鳞屑", 8, "手肘处可见边", "within_a_sentence"),
        ("红斑。手肘处可见边界清楚的斑块", 8, "红斑。", "cut"),
        ("Pseudoxanthoma elasticum", 8, "Pseudo", "within_a_word"),
        ("  Pseudoxanthoma", 8, "  Pseu", "within_a_word"),
        ("Sjo\u0308gren", 5, "Sj", "within_a_word"),
    ],
)
def test_a_text_without_spaces_is_shortened_and_never_emptied(
    text: str, tokens: int, expected: str, where: str
) -> None:
    result = shorten(pa.chunked_array([[text]]), Shortening("characters", tokens, count_characters))
    assert result.texts.to_pylist() == [expected]
    counted = {name: getattr(result, name) for name in ("cut", "within_a_sentence", "within_a_word")}
    assert [name for name, count in counted.items() if count][-1] == where


def test_no_room_for_the_first_character_is_refused() -> None:
    def count(texts: Sequence[str]) -> list[int]:
        return [3 * len(text) for text in texts]

    with pytest.raises(InputError, match="2 tokens leave no room for a character of '红斑'"):
        shorten(pa.chunked_array([["红斑"]]), Shortening("bytes", 2, count))


@settings(deadline=None)
@given(st.lists(st.text("ab .!?A\n", max_size=60), min_size=1, max_size=5), st.integers(3, 12))
def test_a_shortened_text_is_a_beginning_that_has_room(texts: list[str], tokens: int) -> None:
    result = shorten(pa.chunked_array([texts]), Shortening("words", tokens, count_words))
    for text, short in zip(texts, result.texts.to_pylist(), strict=True):
        assert text.startswith(short)
        assert bool(text.strip()) == bool(short.strip())
        assert count_words([short])[0] <= tokens
    assert result.cut == sum(text != short for text, short in zip(texts, result.texts.to_pylist(), strict=True))


def test_both_forms_are_written_and_cut_rows_counted(small_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    shortening = Shortening("words", 12, count_words)
    account = export(small_graph, Selection(), tmp_path / "pairs.tsv", shortening=shortening)
    table = pd.read_csv(account.path, sep="\t")
    whole = export(small_graph, Selection(), tmp_path / "whole.tsv")
    assert table["title_full"].tolist() == pd.read_csv(whole.path, sep="\t")["title"].tolist()
    assert max(count_words(table["title"])) <= 12
    cut = int((table["title"] != table["title_full"]).sum())
    assert account.shortened["cut"] == cut > 0
    assert f"{cut} texts shortened to 12 tokens of words" in account.as_text()


def test_tokens_are_counted_as_open_clip_counts_them() -> None:
    import open_clip

    from embed.tokens import load_counter

    texts = ["", "plaque psoriasis", "Sharply demarcated, erythematous plaques (2–3 cm) with silvery scale."]
    ids = open_clip.get_tokenizer("ViT-B-32")(texts)
    assert load_counter("ViT-B-32")(texts) == [int(row.argmax()) + 1 for row in ids]


def test_a_model_that_open_clip_does_not_know_is_refused() -> None:
    from embed.tokens import load_counter

    with pytest.raises(InputError, match="ViT-Z-99"):
        load_counter("ViT-Z-99")


def test_no_room_for_words_is_refused() -> None:
    with pytest.raises(InputError, match="2 tokens leave no room"):
        Shortening("words", 2, count_words)
