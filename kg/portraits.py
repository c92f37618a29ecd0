"""What a text says of the picture itself and of whom it shows: modality, age, sex, an animal."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kg.errors import InputError
from kg.facets import Codes, locate
from kg.language.context import Context, Cues, Place, Span
from kg.language.folding import Folded
from kg.language.phrases import Phrases, expand, read_rows
from kg.pairs import IMAGES
from kg.sources.specification import MODALITIES

Said = TypeVar("Said")

FIELDS = ("modality", "age", "sex")
"""What captions tell of images whose source does not."""

NON_SKIN = "non-skin"

_FOLDER = Path(__file__).parent / "language"
_UNSURE = {"absent", "uncertain", "differential", "hypothetical", "history", "family", "comparison", "elsewhere"}
_OLDEST = 120  # years
_BEFORE = 20  # characters before an age in which a word lies that makes it one of several
_AGE, _SEX, _SEXED = "age", "sex", "person of a sex"  # *old* and *male* are told of animals too, *woman* is not


class Portrait(NamedTuple):
    """What one text says; None where it says nothing or two different things."""

    modality: str | None = None
    age: float | None = None  # years
    sex: str | None = None
    of_animal: bool = False


NOTHING = Portrait()


class PortraitReader:
    """Reads portraits by `pictures.tsv` and `persons.toml`."""

    def __init__(self, context: Context) -> None:
        path = _FOLDER / "pictures.tsv"
        wordings: dict[str, str] = {}
        for row in read_rows(path):
            if row["says"] not in (*MODALITIES, "person", "animal", "mask"):
                raise InputError(f"{path}: {row['wording']!r} says {row['says']!r}, which is nothing a text can say")
            wordings |= dict.fromkeys(expand(row["wording"]), row["says"])
        self._context = context
        self._persons: dict[str, Any] = tomllib.loads((_FOLDER / "persons.toml").read_text(encoding="utf-8"))
        frame = self._persons["frame"]
        of_age = dict.fromkeys((*frame["old"], *frame["short"], *frame["aged"], "age:"), _AGE)
        either = self._persons["adjectives"]["sexes"]
        of_sex = {word: _SEX if word in either else _SEXED for word in self._sex_of}
        beings = ("person", "animal")
        self._all = Phrases(of_age | of_sex | wordings)
        self._without_beings = Phrases(
            of_age | of_sex | {w: says for w, says in wordings.items() if says not in beings}
        )

    def read(self, text: str, folded: Folded, cues: Cues) -> tuple[Portrait, list[Place]]:
        """The portrait of a text, of which the cues are known, and where it tells a person's complexion.

        An animal is shown where the text says so of one, not of its kind (*fleas of dogs*), and names no human being.
        """
        tells_of_animals = any(cue.says == "animal" for cue in cues.reaching)
        said = (self._all if tells_of_animals else self._without_beings).find(folded)
        if not said:
            return NOTHING, []
        words = {says for _, _, says in said}
        spans = [Span(start, end, says) for start, end, says in said if says in MODALITIES]
        judged = self._context.judge(text, cues, spans, [])
        portrait = Portrait(
            modality=_only(span.kind for span, about in zip(spans, judged, strict=True) if not about & _UNSURE),
            age=self._age(folded.text) if _AGE in words else None,
            sex=self._sex(folded.text) if words & {_AGE, _SEX, _SEXED} else None,
            of_animal="animal" in words and not words & {"person", _SEXED},
        )
        return portrait, list(self._of_persons(folded)) if _AGE in words else []

    def _of_persons(self, folded: Folded) -> Iterator[Place]:
        """Where colors stand between a person and its age or before both."""
        colors = list(self._complexion.finditer(folded.text))
        for person in self._ages.finditer(folded.text) if colors else ():
            for color in colors:
                if person.start() <= color.end() <= person.end():
                    yield folded.origin(color.start()), folded.origin(color.end())

    def _age(self, text: str) -> float | None:
        """The age of the one person whose age is told."""
        ages: set[float | None] = set()
        for match in self._ages.finditer(text):
            told = {name[:-1]: word for name, word in match.groupdict().items() if word}
            age = round(float(told["age"]) * self._persons["units"][told.get("unit", "year")], 2)
            unclear = self._range_before.search(text, max(match.start() - _BEFORE, 0), match.start())
            ages.add(None if unclear or age > _OLDEST else age)
        return _only(ages)

    def _sex(self, text: str) -> str | None:
        """The sex of the persons named, where it is the same."""
        words = (word for match in self._sexes.finditer(text) for word in match.groups() if word)
        return _only(self._sex_of.get(word) or self._persons["initials"][word] for word in words)

    @cached_property
    def _sex_of(self) -> dict[str, str]:
        return {word: sex for sex in ("female", "male") for word in self._persons["persons"][sex]}

    @cached_property
    def _initial(self) -> str:
        """A pattern of a letter that says a sex behind an age, not of an abbreviation as *f/u* is one."""
        colors = _any(self._persons["adjectives"]["complexions"])
        return rf"(?: (?:{colors}))? ({_any(self._persons['initials'])})(?![\w/])"

    @cached_property
    def _ages(self) -> re.Pattern[str]:
        frame, persons = self._persons["frame"], self._persons["persons"]
        person = _any(word for words in persons.values() for word in words)
        units = _any(self._persons["units"])

        def told(number: int) -> str:
            years = rf"(?P<unit{number}>{units}) (?:{_any(frame['old'])})\b"
            return rf"(?P<age{number}>\d{{1,3}}(?:\.\d)?) ?(?:{years}|(?:{_any(frame['short'])})(?!\w))"

        between = rf"(?:,? (?!(?:{_any(frame['apart'])})\b)[\w']+){{0,4}}?,?"
        return re.compile(
            rf"(?<![\w.,/]){told(1)}(?:{between} (?:{person})\b|{self._initial})"
            rf"|\b(?:{person})[,:]? (?:(?:is|{_any(frame['aged'])}) )?{told(2)}"
            rf"|\b(?:{person})[,:]? (?:{_any(frame['aged'])}) (?P<age3>\d{{1,3}})\b(?! ?(?:{units})\b)"
            rf"|\b(?:{person})[,:]? (?:{_any(frame['aged'])}) (?P<age4>\d{{1,3}}) (?P<unit4>{units})\b"
            rf"|\bage: ?(?P<age5>\d{{1,3}})\b(?! ?(?:month|week|day))"
        )

    @cached_property
    def _complexion(self) -> re.Pattern[str]:
        """A color with the blank behind it, so that it reaches up to what follows."""
        return re.compile(rf"\b(?:{_any(self._persons['adjectives']['complexions'])})\b ?")

    @cached_property
    def _range_before(self) -> re.Pattern[str]:
        return re.compile(rf"(?:\d|\b(?:{_any(self._persons['frame']['range'])})) ?$")

    @cached_property
    def _sexes(self) -> re.Pattern[str]:
        persons, frame = self._persons["persons"], self._persons["frame"]
        beside = self._persons["adjectives"]
        words = [word for sex in ("female", "male") for word in persons[sex] if word not in beside["sexes"]]
        either = _any(beside["sexes"])
        units = _any([*self._persons["units"], *frame["short"]])
        return re.compile(
            rf"\b({_any(words)})\b"
            rf"|\b({either}) (?:{_any([*persons['any'], *beside['beside']])})\b"
            rf"|(?:{_any([*frame['old'], *frame['short']])})(?:,? [\w']+){{0,2}}?,? ({either})\b"
            rf"|\b({either})[,:]? (?:(?:{_any(frame['aged'])}) )?\d{{1,3}} ?(?:{units})(?!\w)"
            rf"|\b(?:sex|gender): ?({either})\b"
            rf"|\d ?(?:{_any(frame['short'])}){self._initial}"
        )


def complete(
    images: pa.Table, captioned: pa.ChunkedArray, codes: Codes, portraits: Sequence[Portrait]
) -> tuple[pa.Table, dict[str, int]]:
    """The images with what their captions tell in cells that the source leaves empty, and how many cells by field.

    Caption number i is of the image `captioned[i]` and has portrait `portraits[codes[i]]`. Of an image whose captions
    say different things nothing is taken.
    """
    rows = locate(captioned, images["image"])
    filled: dict[str, int] = {}
    for name in FIELDS:
        field = IMAGES.field(name)
        values = pa.array([getattr(each, name) for each in portraits], field.type).take(pa.array(codes))
        told = _agreed(rows, values, len(images))
        empty = pc.and_(pc.is_null(images[name]), told.is_valid())
        if count := pc.sum(empty).as_py():
            filled[name] = count
            images = images.set_column(
                images.schema.get_field_index(name), field, pc.coalesce(images[name].combine_chunks(), told)
            )
    return images, filled


def animals(captioned: pa.ChunkedArray, codes: Codes, portraits: Sequence[Portrait]) -> pa.Array:
    """The images of which a caption is told of an animal."""
    told = np.array([each.of_animal for each in portraits], bool)[codes]
    return pc.unique(captioned.filter(pa.array(told)))


def as_non_skin(images: pa.Table, animals: pa.Array) -> pa.Table:
    """The images, those of animals with their modality, whatever the source says of it."""
    modality = pc.if_else(pc.is_in(images["image"], value_set=animals), NON_SKIN, images["modality"])
    return images.set_column(images.schema.get_field_index("modality"), IMAGES.field("modality"), modality)


def _agreed(rows: Codes, values: pa.Array, count: int) -> pa.Array:
    """The value of each of `count` rows, null where it has none or several."""
    encoded = values.dictionary_encode()
    known = values.is_valid().to_numpy(zero_copy_only=False) & (rows >= 0)
    size = max(1, len(encoded.dictionary))
    pairs = np.unique(rows[known] * size + encoded.indices.fill_null(0).to_numpy()[known])
    told = np.full(count, -1)
    times = np.bincount(pairs // size, minlength=count)
    once = pairs[times[pairs // size] == 1]
    told[once // size] = once % size
    return encoded.dictionary.take(pa.array(told, mask=told < 0))


def _only(said: Iterable[Said | None]) -> Said | None:
    """What is said, where it is one thing."""
    distinct = set(said)
    return distinct.pop() if len(distinct) == 1 else None


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
