"""Texts that a model reads whole: shortened at the ends of sentences to a number of tokens."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from kg.errors import InputError
from kg.export.tabulation import TEXT_FULL, Part

CountTokens = Callable[[Sequence[str]], Sequence[int]]

_SENTENCE_END = re.compile(r"(?<=[.!?…])(?P<closing>[\"')\]”’]*)\s+(?=[\"'(\[“‘]*[A-Z0-9])|(?<=[。！？])")

_WORD_END = re.compile(r"\s+|(?<=[、，；：\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])")
"""Spaces, and behind each character of scripts that have none."""

_WHERE = ("within_a_sentence", "within_a_word")


@dataclass(frozen=True)
class Shortening:
    """How many tokens a text may have. `count` counts those of texts as the model sees them, marks of start and end
    included."""

    tokenizer: str
    max_tokens: int
    count: CountTokens

    def __post_init__(self) -> None:
        if self.max_tokens <= self.count([""])[0]:
            raise InputError(f"{self.max_tokens} tokens leave no room for words: allow more with --max-tokens")


@dataclass(frozen=True)
class Shortened:
    """Texts in their order, and how many of the rows are cut."""

    texts: pa.Array
    cut: int
    within_a_sentence: int  # of those cut: no sentence end came soon enough
    within_a_word: int  # of these: no word ended soon enough


class Shortener:
    """Shortens part after part and counts; without a `Shortening` it changes nothing."""

    def __init__(self, shortening: Shortening | None) -> None:
        self._shortening = shortening
        self._cut: Counter[str] = Counter(dict.fromkeys(("cut", *_WHERE), 0))

    def shorten(self, part: Part) -> Part:
        """The pairs with `text` shortened and the whole text as `text_full`."""
        if self._shortening is None:
            return part
        shortened = shorten(part.pairs["text"], self._shortening)
        self._cut.update({name: getattr(shortened, name) for name in ("cut", *_WHERE)})
        place = part.pairs.schema.get_field_index("text")
        table = part.pairs.add_column(place + 1, TEXT_FULL, part.pairs["text"])
        return replace(part, pairs=table.set_column(place, table.schema.field(place), shortened.texts))

    def account(self) -> dict[str, Any]:
        """Tokenizer, tokens, and how many rows are cut; empty where nothing was asked."""
        if self._shortening is None:
            return {}
        return {"tokenizer": self._shortening.tokenizer, "max_tokens": self._shortening.max_tokens, **self._cut}


def shorten(texts: pa.ChunkedArray, shortening: Shortening) -> Shortened:
    """Each text up to the last sentence end at which it has no more than `max_tokens`; each distinct one once.

    Where no sentence ends soon enough it is cut behind a word, and where no word does, within it: no text is emptied.
    Raises `InputError` for a text of which not even the first character has room.
    """
    encoded = texts.combine_chunks().dictionary_encode()
    distinct: list[str] = encoded.dictionary.to_pylist()
    short = list(distinct)
    cut = np.zeros((len(distinct), 1 + len(_WHERE)), np.int64)
    for place, count in enumerate(shortening.count(distinct)):
        if count > shortening.max_tokens:
            short[place], depth = _cut(distinct[place], shortening)
            cut[place, : depth + 1] = 1
    of_rows = cut[encoded.indices.to_numpy()].sum(axis=0).tolist()
    return Shortened(pa.array(short, pa.string()).take(encoded.indices), *of_rows)


def _cut(text: str, shortening: Shortening) -> tuple[str, int]:
    """The text shortened: 0 at the end of a sentence, 1 within one, 2 within a word."""
    ends = [match.start() + len(match["closing"] or "") for match in _SENTENCE_END.finditer(text)]
    first = text[: ends[0]] if ends else text
    words = [match.start() for match in _WORD_END.finditer(first)]
    characters = [end for end in range(1, len(first)) if not unicodedata.combining(first[end])]
    for depth, places in enumerate((ends, words, characters)):
        kept = _longest([text[:place] for place in places], shortening)
        if kept.strip():
            return kept, depth
    raise InputError(
        f"{shortening.max_tokens} tokens leave no room for a character of {text[:20]!r}: allow more with --max-tokens"
    )


def _longest(beginnings: Sequence[str], shortening: Shortening) -> str:
    """The longest of ever longer texts that has room, by bisection; an empty text where none has."""
    low, high = 0, len(beginnings)
    while low < high:
        middle = (low + high) // 2
        if shortening.count([beginnings[middle]])[0] <= shortening.max_tokens:
            low = middle + 1
        else:
            high = middle
    return beginnings[low - 1] if low else ""
