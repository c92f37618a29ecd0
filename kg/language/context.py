"""Negation, doubt and history around the terms of a text, after NegEx and ConText.

Chapman et al., J Biomed Inform 34:301 (2001); Harkema et al., J Biomed Inform 42:839 (2009). Their cues are
`cues.tsv`. Beyond the two, a cue's reach is not a fixed window alone: from the nearest term on it goes through a
coordinated list (*no scale, crust or erosion*) and not past a comma that only adds the next remark.
"""

import itertools
import re
import tomllib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple, TypeAlias

from kg.errors import InputError
from kg.language.folding import Folded
from kg.language.phrases import Phrases, expand, read_rows

_NEAR = 6  # words between a cue and the first term that it reaches
_BETWEEN = 3  # words between two terms of one list
_LONGEST = 12  # characters of an abbreviation and of what may stand before it
_BLANKS = 2  # blanks behind an abbreviation
_SENTENCE = re.compile(r"[.!;?\n](?:(?<=\n)|[.!;?]*(?!\S))")  # one set first, for which `re` searches fast
_WORD = re.compile(r"\w+")
_CONJUNCTION = re.compile(r"\b(or|nor|and)\b|[/&]")
_QUERY_BEFORE = re.compile(r"(?<![\w?])\?+\s?(?=\w)")
_QUERY_AFTER = re.compile(r"(?<=\w)\s?\?")
_OPEN_QUESTION = re.compile(r"(?:^|[.!?;\n]\s*)(?:what|why|how|where|when|who)\b[^.!?;\n]*$", re.IGNORECASE)
_OR = re.compile(r"\s*(?:,?\s+or\s+|/)(?:an?\s+)?", re.IGNORECASE)
_LEAD = re.compile(r"[\W\d]*(?:\w+\s)?")
_EMPTY = re.compile(r"[\W\d]*")
_COMMA = re.compile(r"\s*[,;/+&]\s*(?:\w+\s+)?")
_APPOSITION = re.compile(
    r"(?:\s*\([^)]*\))?,?\s+(?:(?:which|that|this)\s+)?(?:is|are|as|known as)?\s*\b(?:an?|one of|the)\s"
)

_SAYS = {
    "absent",
    "uncertain",
    "differential",
    "confirmed",
    "resolved",
    "comparison",
    "dismissed",
    "history",
    "family",
    "hypothetical",
    "treatment",
    "given",
    "dose",
    "elsewhere",
    "animal",
    "stop",
    "mask",
}
_OF_TREATMENTS = {"given", "dose"}
_PLACES = {"stop", "mask"}  # say nothing of terms around them
_WIDE = {"sentence", "opening", "rest", "definition", "text"}
_REACHES = _WIDE | {"after", "before", "next", "joined"}


Place: TypeAlias = tuple[int, int]
"""Where words begin and end in a text."""


class Cue(NamedTuple):
    """Words that change what terms near them mean, at characters `start` to `end`."""

    start: int
    end: int
    says: str
    reach: str


class Cues(NamedTuple):
    """The cues of a text, by what they do; a cue may be of two kinds."""

    masks: Sequence[Place]  # hide the terms within them
    stops: Sequence[Place]  # end the reach of cues before them
    reaching: Sequence[Cue]  # say something of terms around them
    of_treatments: Sequence[Cue]  # say something of treatments and their times alone

    @property
    def for_history(self) -> "Cues":
        """The cues for history factors, of which some are treatments."""
        return self._replace(reaching=[*self.reaching, *self.of_treatments])


class Span(NamedTuple):
    """Where a text names a term of a kind."""

    start: int
    end: int
    kind: str


class Context:
    """The cues of a language. `cues` finds them, `judge` says for each term of a text what they make of it."""

    def __init__(self, path: Path | None = None) -> None:
        path = path or Path(__file__).parent / "cues.tsv"
        cues: dict[str, tuple[tuple[str, str], ...]] = {}
        for row in read_rows(path):
            reaches = {""} if row["says"] in _PLACES else _REACHES
            if row["says"] not in _SAYS or row["reach"] not in reaches:
                raise InputError(f"{path}: no such cue: {row['cue']!r} says {row['says']!r}, reach {row['reach']!r}")
            for phrase in expand(row["cue"]):
                cues[phrase] = (*cues.get(phrase, ()), (row["says"], row["reach"]))
        self._cues = Phrases(cues)

    def cues(self, text: str, folded: Folded) -> Cues:
        """The cues of a text in order, the longest from the left, and its question marks, which cast doubt."""
        masks: list[Place] = []
        stops: list[Place] = []
        reaching: list[Cue] = []
        of_treatments: list[Cue] = []
        for start, end, said in self._cues.find(folded):
            for says, reach in said:
                if says == "mask":
                    masks.append((start, end))
                elif says == "stop":
                    stops.append((start, end))
                elif says in _OF_TREATMENTS:
                    of_treatments.append(Cue(start, end, says, reach))
                else:
                    reaching.append(Cue(start, end, says, reach))
                    if says == "confirmed" and reach == "after":
                        stops.append((start, end))
        if "?" in text:
            reaching += [Cue(*match.span(), "uncertain", "after") for match in _QUERY_BEFORE.finditer(text)]
            reaching += [
                Cue(*match.span(), "uncertain", "before")
                for match in _QUERY_AFTER.finditer(text)
                if not _OPEN_QUESTION.search(text, 0, match.start())
            ]
        return Cues(masks, stops, reaching, of_treatments)

    def judge(self, text: str, cues: Cues, spans: Sequence[Span], diseases: Sequence[Span]) -> list[frozenset[str]]:
        """What the cues say of each span, in the order of the text; an empty set where the term is simply present.

        `diseases` are those that the text names, of which it may tell what they are.

        A mask that covers a span says *mask*, and the term is as if it were not there. A cue inside a longer span is
        part of its name and says nothing.
        """
        if not spans:
            return []
        said = {
            span: {"mask"} for span in spans for start, end in cues.masks if start <= span.start and span.end <= end
        }
        places = [span for span in spans if span not in said] if said else spans
        starts = [place.start for place in places]
        for cue in cues.reaching if places else ():
            named = bisect_right(starts, cue.start) - 1
            if named >= 0 and cue.end <= places[named].end:
                continue
            low, high = _clause(text, cue, cues.stops, diseases)
            clause = places[bisect_left(starts, low) : bisect_left(starts, high)]
            for place in clause if cue.reach in _WIDE else _reached(text, cue, clause):
                said.setdefault(place, set()).add("uncertain" if cue.says == "differential" else cue.says)
        for place in _alternatives(text, places):
            said.setdefault(place, set()).add("uncertain")
        return [frozenset(said.get(span, ())) for span in spans]


@lru_cache(maxsize=1)  # a text is judged several times in a row
def _sentence_ends(text: str) -> tuple[int, ...]:
    """Where sentences end: not at the dot of an abbreviation; a question mark before a term belongs to the term."""
    found = []
    for match in _SENTENCE.finditer(text):
        start = match.start()
        if text[start] == "?":
            ends = text[max(start - 2, 0) : start].rstrip()[-1:].isalnum()
        else:
            ends = match[0] != "." or not _is_abbreviation(text, start)
        if ends:
            found.append(start)
    return tuple(found)


def _is_abbreviation(text: str, dot: int) -> bool:
    """Whether the word before a dot is an abbreviation and the sentence goes on behind it."""
    word = text[max(dot - _LONGEST, 0) : dot].rsplit(None, 1)[-1:]
    kind = _abbreviations().get(word[0].lstrip("([").lower()) if word else None
    following = text[dot + 1 : dot + 2 + _BLANKS].lstrip()[:1] if kind else ""
    return (
        kind == "inside"
        or (kind == "unless_capital" and not following.isupper() and following != "")
        or (kind == "before_number" and following.isdigit())
    )


@cache
def _abbreviations() -> dict[str, str]:
    """Abbreviations with when their dot ends no sentence."""
    rules = tomllib.loads((Path(__file__).parent / "sentences.toml").read_text(encoding="utf-8"))
    return {word: kind for kind, words in rules.items() for word in words}


def _clause(text: str, cue: Cue, stops: Sequence[Place], diseases: Sequence[Span]) -> tuple[int, int]:
    """Where a cue can reach: its sentence on its side, up to the next stop where the cue heeds one.

    What is told as knowledge or advice may be told by words of the cue itself: *can be treated with …*.
    """
    ends = _sentence_ends(text)
    behind = cue.start if cue.says == "hypothetical" else cue.end
    sentence = bisect_left(ends, cue.start)
    low = ends[sentence - 1] if sentence else 0
    high = ends[sentence] if sentence < len(ends) else len(text)
    if cue.reach == "text":
        low, high = 0, len(text)
    elif cue.reach == "opening" and _WORD.search(text, low, cue.start):
        low = high
    elif cue.reach == "rest":
        low = behind
    elif cue.reach == "definition":
        low = _definition(text, low, cue.start, diseases) or high
    elif cue.reach == "before":
        stop = bisect_right(stops, cue.start, key=itemgetter(1)) - 1
        low, high = max(low, stops[stop][1] if stop >= 0 else 0), cue.start
    elif cue.reach not in _WIDE:
        stop = bisect_left(stops, cue.end, key=itemgetter(0))
        low, high = behind, min(high, stops[stop][0] if stop < len(stops) else len(text))
    return low, high


def _definition(text: str, low: int, high: int, diseases: Sequence[Span]) -> int | None:
    """Where between two places a disease begins to be explained: *psoriasis, a chronic …*, *warts are harmless …*."""
    for disease in reversed(diseases):
        if low <= disease.start and disease.end < high:
            match = _APPOSITION.match(text, disease.end, high)
            return match.end() if match else None
    return None


def _reached(text: str, cue: Cue, spans: Sequence[Span]) -> Sequence[Span]:
    """Those of a clause's spans that are in a cue's reach."""
    if cue.says == "hypothetical" or not spans:
        return spans
    if cue.says == "differential":
        return [span for span in spans if span.kind == "disease"]
    if cue.reach == "before":
        spans = spans[::-1]
        gaps = [text[b:a] for a, b in _gaps(cue.start, [(span.end, span.start) for span in spans])]
    else:
        gaps = [text[a:b] for a, b in _gaps(cue.end, [span[:2] for span in spans])]
    if cue.reach in ("next", "joined"):
        if gaps[0].strip(" -"):
            return []
        return spans[: 1 + _joined(gaps[1:])] if cue.reach == "joined" else spans[:1]
    if not _is_near(gaps[0]):
        return []
    diseases = cue.says in ("uncertain", "history", "family") and all(span.kind == "disease" for span in spans)
    return spans[: 1 + _listed(gaps[1:], commas=diseases)]


def _gaps(place: int, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for near, far in spans:
        yield place, near
        place = far


def _is_near(gap: str) -> bool:
    return "," not in gap and len(_WORD.findall(gap)) <= _NEAR


def _listed(gaps: Sequence[str], commas: bool) -> int:
    """How many more terms belong to the list: commas go on only where a conjunction follows to close it.

    Where all terms are diseases in doubt, bare commas are enough: nobody writes one diagnosis after another unless
    each is a possibility.
    """
    reached = 0
    for number, gap in enumerate(gaps):
        if len(_WORD.findall(gap)) > _BETWEEN:
            break
        if _CONJUNCTION.search(gap) or not gap.strip(" (,;" if commas else " ("):
            reached = number + 1
        elif "," not in gap:
            break
    return reached


def _joined(gaps: Sequence[str]) -> int:
    """How many more terms a conjunction joins to the first, one after another."""
    return sum(1 for _ in itertools.takewhile(_CONJUNCTION.search, gaps))


def _alternatives(text: str, places: Sequence[Span]) -> Iterator[Span]:
    """Diseases between which a text does not decide: *psoriasis or eczema*, or a sentence that only lists some."""
    diseases = [number for number, place in enumerate(places) if place.kind == "disease"]
    if len(diseases) < 2:
        return
    for one, other in itertools.pairwise(diseases):
        if other == one + 1 and _OR.fullmatch(text, places[one].end, places[other].start):
            yield from (places[one], places[other])
    for low, high in itertools.pairwise([0, *_sentence_ends(text), len(text)]):
        first = bisect_left(places, low, key=lambda place: place.start)
        last = bisect_left(places, high, key=lambda place: place.start)
        if _is_list(text, low, high, places[first:last]):
            yield from places[first:last]


def _is_list(text: str, low: int, high: int, places: Sequence[Span]) -> bool:
    """Whether a sentence has nothing but several diseases with commas between, and a word before some."""
    if len(places) < 2 or any(place.kind != "disease" for place in places):
        return False
    lead, *gaps = (text[a:b] for a, b in _gaps(low, [place[:2] for place in places]))
    tail = text[places[-1].end : high]
    return bool(_LEAD.fullmatch(lead) and _EMPTY.fullmatch(tail)) and all(_COMMA.fullmatch(gap) for gap in gaps)
