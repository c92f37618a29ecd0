"""Texts that a model reads whole: shortened at the ends of sentences to a number of tokens."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from kg.errors import InputError
from kg.export.tabulation import TEXT_FULL, Part

CountTokens = Callable[[Sequence[str]], Sequence[int]]

_SENTENCE_END = re.compile(r"(?<=[.!?…])(?P<closing>[\"')\]”’]*)\s+(?=[\"'(\[“‘]*[A-Z0-9])|(?<=[。！？])")


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


class Shortener:
    """Shortens part after part and counts; without a `Shortening` it changes nothing."""

    def __init__(self, shortening: Shortening | None) -> None:
        self._shortening = shortening
        self._cut: Counter[str] = Counter(cut=0, within_a_sentence=0)

    def shorten(self, part: Part) -> Part:
        """The pairs with `text` shortened and the whole text as `text_full`."""
        if self._shortening is None:
            return part
        shortened = shorten(part.pairs["text"], self._shortening)
        self._cut.update(cut=shortened.cut, within_a_sentence=shortened.within_a_sentence)
        place = part.pairs.schema.get_field_index("text")
        table = part.pairs.add_column(place + 1, TEXT_FULL, part.pairs["text"])
        return replace(part, pairs=table.set_column(place, table.schema.field(place), shortened.texts))

    def account(self) -> dict[str, Any]:
        """Tokenizer, tokens, and how many rows are cut; empty where nothing was asked."""
        if self._shortening is None:
            return {}
        return {"tokenizer": self._shortening.tokenizer, "max_tokens": self._shortening.max_tokens, **self._cut}


def shorten(texts: pa.ChunkedArray, shortening: Shortening) -> Shortened:
    """Each text up to the last sentence end at which it has no more than `max_tokens`; each distinct one once."""
    encoded = texts.combine_chunks().dictionary_encode()
    distinct: list[str] = encoded.dictionary.to_pylist()
    short = list(distinct)
    within = [False] * len(distinct)
    for place, count in enumerate(shortening.count(distinct)):
        if count > shortening.max_tokens:
            short[place], within[place] = _cut(distinct[place], shortening)
    cut = pa.array([one != other for one, other in zip(short, distinct, strict=True)], pa.bool_())
    rows = encoded.indices
    return Shortened(
        texts=pa.array(short, pa.string()).take(rows),
        cut=pc.sum(cut.take(rows)).as_py() or 0,
        within_a_sentence=pc.sum(pa.array(within, pa.bool_()).take(rows)).as_py() or 0,
    )


def _cut(text: str, shortening: Shortening) -> tuple[str, bool]:
    """The text shortened, and whether within a sentence."""
    ends = [match.start() + len(match["closing"] or "") for match in _SENTENCE_END.finditer(text)]
    if kept := _longest([text[:end] for end in ends], shortening):
        return kept, False
    first = text[: ends[0]] if ends else text
    spaces = [match.start() for match in re.finditer(r"\s+", first)]
    return _longest([first[:space] for space in spaces], shortening), True


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
