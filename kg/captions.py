"""Running text to facts: the terms that a caption names and how they hold."""

import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from kg.errors import InputError
from kg.language.context import Context, Cues, Span
from kg.language.durations import Duration, Durations
from kg.language.folding import Folded, fold
from kg.language.phrases import expand, read_rows
from kg.lexicon import Lexicon, Link, Mention
from kg.ontology import Ontology, Term
from kg.pairs import Relation
from kg.portraits import Portrait, PortraitReader

_IN_TEXT = ("disease", "finding", "symptom", "artifact", "site", "tone")

RELATIONS = {
    ("disease", "present"): Relation.DEPICTS,
    ("disease", "absent"): Relation.RULES_OUT,
    ("disease", "uncertain"): Relation.SUSPECTS,
    ("disease", "historical"): Relation.HAS_HISTORY_OF,
    ("finding", "present"): Relation.SHOWS,
    ("finding", "absent"): Relation.LACKS,
    ("finding", "uncertain"): Relation.MAY_SHOW,
    ("artifact", "present"): Relation.SHOWS,
    ("artifact", "absent"): Relation.LACKS,
    ("artifact", "uncertain"): Relation.MAY_SHOW,
    ("symptom", "present"): Relation.HAS_SYMPTOM,
    ("symptom", "absent"): Relation.LACKS_SYMPTOM,
    ("site", "present"): Relation.AT_SITE,
    ("tone", "present"): Relation.HAS_SKIN_TONE,
    ("history", "present"): Relation.HAS_HISTORY,
    ("history", "absent"): Relation.LACKS_HISTORY,
}
"""The relation of a term of a kind that is said with a polarity; what is not here makes no fact."""

WORDING, DURATION = "wording", "duration"
"""The rules of a history factor that no name links: a phrase of `history.tsv`, a number with a unit of time."""

_RANGE = re.compile(r"\s*(?:[-–—/]|to|or|and|through)\s*(?:(?:FST|MST|type|types|skin type)\s*)?(?:[IVX]+|\d+)[ab]?\b")
_RANGE_BEFORE = re.compile(r"\b(?:[IVX]+|(?:FST|MST)?\d+)[ab]?\s*(?:[-–—/]|to|or|and|through)\s*$")
_BEFORE = 20  # characters before a skin tone in which the beginning of a range lies
_SILENT = {"mask": "", "animal": "told of an animal", "hypothetical": "told as knowledge or advice"}
"""What keeps any mention from saying anything, and why; without a reason it is no mention at all."""

SCALE = "scale of skin tones without a type"
"""Why the name of a scale makes no fact."""

_TREATMENTS = ("earlier treatment", "medication use")


class Named(NamedTuple):
    """A fact as a cell or a text tells it, before it is known of which images."""

    relation: Relation
    term: Term
    who: str | None
    start: int
    end: int
    rule: str
    value: str | None = None  # of a history factor: "3"
    unit: str | None = None  # of that value: "months"


class Told(NamedTuple):
    """What one text says: facts, the reasons why other mentions say nothing, and of what picture and person it is."""

    named: Sequence[Named]
    passed: Sequence[str]
    portrait: Portrait


class CaptionReader:
    """Reads one text after another: the terms that it names and how they hold."""

    def __init__(self, ontology: Ontology) -> None:
        self._context = Context()
        self._terms = Lexicon(ontology, *_IN_TEXT)
        self._history = _History(ontology)
        self._portraits = PortraitReader(self._context)
        self._scales = {term.curie for term in ontology.terms("tone") if is_scale(term, ontology)}

    def read(self, text: str) -> Told:
        """What the text says, each term once for each relation.

        History factors are read apart: *family history of melanoma* is one, and names a disease too. A disease that
        the text doubts or rules out is so from there on, until the text confirms it; a doubt that the text settles
        by ruling the disease out or confirming it is none. A person's complexion is no finding.
        """
        folded = fold(text)
        mentions = self._terms.find_in(text, folded)
        factors = self._history.find(text, folded)
        durations = self._history.durations(folded)
        cues = self._context.cues(text, folded)
        portrait, complexions = self._portraits.read(text, folded, cues)
        if complexions:
            cues = cues._replace(masks=[*cues.masks, *complexions])
        if not (mentions or factors or durations):
            return Told((), (), portrait)
        diseases = [Span(each.start, each.end, "disease") for each in mentions if each.term.kind == "disease"]
        found, passed = self._terms_told(text, cues, mentions, diseases)
        for factor, reason in self._factors(
            text, cues, [each for each in factors if not _is_within(each, mentions)], durations, diseases
        ):
            if factor:
                found.setdefault((factor.relation, factor.term.curie, None), factor)
            elif reason:
                passed.append(reason)
        return Told(list(found.values()), passed, portrait)

    def _terms_told(
        self, text: str, cues: Cues, mentions: Sequence[Mention], diseases: Sequence[Span]
    ) -> tuple[dict[tuple[Relation, str, str | None], Named], list[str]]:
        """What the text says of its terms, history factors left out, and the reasons why others say nothing."""
        found: dict[tuple[Relation, str, str | None], Named] = {}
        passed: list[str] = []
        doubted: dict[str, Relation] = {}
        confirmed: set[str] = set()
        for mention, said in self._judged(text, cues, mentions, diseases):
            curie = mention.term.curie
            relation, who = (SCALE, None) if curie in self._scales else _relation(text, mention, said)
            if mention.term.kind == "disease":
                if relation is Relation.RULES_OUT or relation is Relation.SUSPECTS:
                    doubted[curie] = relation
                elif relation is Relation.DEPICTS and "confirmed" in said:
                    confirmed.add(curie)
                elif relation is Relation.DEPICTS and curie in doubted:
                    relation = doubted[curie]
            if isinstance(relation, Relation):
                named = Named(relation, mention.term, who, mention.start, mention.end, mention.rule)
                found.setdefault((relation, curie, who), named)
            elif relation:
                passed.append(relation)
        for curie, last in doubted.items():
            doubt = (Relation.SUSPECTS, curie, None)
            if doubt in found and (last is Relation.RULES_OUT or curie in confirmed):
                del found[doubt]
                passed.append("doubt that the text settles")
        return found, passed

    def _judged(
        self, text: str, cues: Cues, mentions: Sequence[Mention], diseases: Sequence[Span]
    ) -> Iterator[tuple[Mention, frozenset[str]]]:
        if not mentions:
            return iter(())
        spans = [Span(mention.start, mention.end, mention.term.kind) for mention in mentions]
        return zip(mentions, self._context.judge(text, cues, spans, diseases), strict=True)

    def _factors(
        self,
        text: str,
        cues: Cues,
        factors: Sequence[Mention],
        durations: Sequence[tuple[Duration, Term]],
        diseases: Sequence[Span],
    ) -> Iterator[tuple[Named | None, str]]:
        """History factors, or why they say nothing.

        Of several durations the longest counts, of those told as the complaint's where there are any.
        """
        if not (factors or durations):
            return
        cues = cues.for_history
        named = self._judged(text, cues, [each for each in factors if each.rule != WORDING], diseases)
        worded = self._judged(
            text, cues._replace(masks=()), [each for each in factors if each.rule == WORDING], diseases
        )
        for factor, said in itertools.chain(named, worded):
            relation, reason = self._history.relation(factor.term, said)
            if relation:
                yield Named(relation, factor.term, None, factor.start, factor.end, factor.rule), ""
            else:
                yield None, reason
        spans = [Span(each.start, each.end, "history") for each, _ in durations]
        judged = zip(durations, self._context.judge(text, cues, spans, diseases), strict=True)
        own = [each for each, said in judged if not said & {"hypothetical", "treatment", "dose", "animal", "family"}]
        if own:
            time, term = max(own, key=lambda each: (each[0].of_complaint, each[0].days))
            yield Named(Relation.HAS_HISTORY, term, None, time.start, time.end, DURATION, time.value, time.unit), ""


class _History:
    """The history factors of an ontology as running text words them."""

    def __init__(self, ontology: Ontology) -> None:
        path = Path(__file__).parent / "language" / "history.tsv"
        wordings: dict[str, Link] = {}
        for row in read_rows(path):
            term = _history_term(ontology, row["term"], path)
            wordings |= dict.fromkeys(expand(row["wording"]), Link(term, WORDING))
        self._factors = Lexicon(ontology, "history", wordings=wordings)
        self._durations = Durations()
        here = path.with_name("durations.toml")
        self._times = {label: _history_term(ontology, label, here) for label in self._durations.terms}
        self._treatments = {
            term.curie for label in _TREATMENTS for term in [ontology.term(label), *ontology.descendants(label)]
        }

    def find(self, text: str, folded: Folded) -> list[Mention]:
        """The factors that a text names or words, none overlapping; of two at one place the longer."""
        return self._factors.find_in(text, folded)

    def durations(self, folded: Folded) -> list[tuple[Duration, Term]]:
        """The times that a text names, with their classes."""
        return [(each, self._times[each.term]) for each in self._durations.find(folded)]

    def relation(self, term: Term, said: frozenset[str]) -> tuple[Relation | None, str]:
        """The relation of a factor of which the cues say this, or why there is none."""
        treatment = term.curie in self._treatments
        reason = next((reason for cue, reason in _SILENT.items() if cue in said), None)
        if reason is None and not treatment and said & {"treatment", "uncertain"}:
            reason = "history uncertain"
        elif reason is None and treatment and not said & {"given", "treatment", "absent"}:
            reason = "treatment that is not said to have been given"
        if reason is not None:
            return None, reason
        return RELATIONS["history", "absent" if "absent" in said else "present"], ""


def _history_term(ontology: Ontology, label: str, path: Path) -> Term:
    term = ontology.term(label)
    if term.kind != "history":
        raise InputError(f"{path}: {label!r} is no history factor of the ontology but a {term.kind}")
    return term


def _relation(text: str, mention: Mention, said: frozenset[str]) -> tuple[Relation | str, str | None]:
    """The relation of a mention and whose history it is; a reason in its place where it makes no fact."""
    kind = mention.term.kind
    reason = next((reason for cue, reason in _SILENT.items() if cue in said), None) if said else None
    if reason is None and "treatment" in said:
        reason = _SILENT["hypothetical"]
    elif reason is None and kind == "site" and "elsewhere" in said:
        reason = "site of something else"
    elif reason is None and kind == "disease" and "comparison" in said:
        reason = "disease named for comparison"
    elif reason is None and kind == "tone" and _is_in_range(text, mention):
        reason = "range of skin tones"
    if reason is not None:
        return reason, None
    if not said:
        return RELATIONS[kind, "present"], None
    polarity, who = "present", None
    if kind == "disease" and said & {"history", "family", "resolved"}:
        if said & {"absent", "uncertain"}:
            return "disease not in the history", None
        polarity, who = "historical", "family" if "family" in said else "patient"
    elif said & {"absent", "resolved"} or said >= {"uncertain", "dismissed"}:
        polarity = "absent"
    elif "uncertain" in said and "confirmed" not in said:
        polarity = "uncertain"
    return RELATIONS.get((kind, polarity)) or f"{kind} {polarity}", who


def is_scale(term: Term, ontology: Ontology) -> bool:
    """Whether a term is a scale of skin tones, which says of nobody what tone the skin has."""
    return term.kind == "tone" and bool(ontology.children(term))


def _is_in_range(text: str, tone: Mention) -> bool:
    before = text[max(tone.start - _BEFORE, 0) : tone.start]
    return bool(_RANGE.match(text, tone.end) or _RANGE_BEFORE.search(before))


def _is_within(factor: Mention, mentions: Sequence[Mention]) -> bool:
    """Whether a longer name has the factor's words in it, as *polymorphic eruption of pregnancy* has."""
    length = factor.end - factor.start
    return any(
        other.start <= factor.start and factor.end <= other.end and other.end - other.start > length
        for other in mentions
    )
