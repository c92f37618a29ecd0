"""Running text to facts: the terms that a caption names and how they hold."""

import re
from typing import NamedTuple

from kg.language.context import Context
from kg.language.folding import fold
from kg.lexicon import Lexicon, Mention
from kg.ontology import Ontology, Term
from kg.pairs import Relation

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

_RANGE = re.compile(r"\s*(?:[-–—/]|to|or|and|through)\s*(?:[IVX]+|\d+)\b")


class Named(NamedTuple):
    """A fact as a cell or a text tells it, before it is known of which images."""

    relation: Relation
    term: Term
    who: str | None
    start: int
    end: int
    rule: str


class CaptionReader:
    """Reads one text after another: the terms that it names and how they hold."""

    def __init__(self, ontology: Ontology) -> None:
        self._context = Context()
        self._terms = Lexicon(ontology, *_IN_TEXT)
        self._history = Lexicon(ontology, "history")

    def read(self, text: str) -> tuple[list[Named], list[str]]:
        """What the text says, each term once for each relation, and the reasons why other mentions say nothing.

        History factors are read apart: *family history of melanoma* is one, and names a disease too.
        """
        folded = fold(text)
        layers = [lexicon.find_in(text, folded) for lexicon in (self._terms, self._history)]
        if not any(layers):
            return [], []
        cues = self._context.cues(text, folded)
        found: dict[tuple[Relation, str, str | None], Named] = {}
        passed: list[str] = []
        for mentions in layers:
            judged = self._context.judge(text, cues, [(mention.start, mention.end) for mention in mentions])
            for mention, said in zip(mentions, judged, strict=True):
                relation, who = _relation(text, mention, said)
                if isinstance(relation, Relation):
                    named = Named(relation, mention.term, who, mention.start, mention.end, mention.rule)
                    found.setdefault((relation, mention.term.curie, who), named)
                elif relation:
                    passed.append(relation)
        return list(found.values()), passed


def _relation(text: str, mention: Mention, said: frozenset[str]) -> tuple[Relation | str, str | None]:
    """The relation of a mention and whose history it is; a reason in its place where it makes no fact."""
    kind = mention.term.kind
    if "mask" in said:
        return "", None
    if "hypothetical" in said:
        return "told as knowledge or advice", None
    if kind == "tone" and _RANGE.match(text, mention.end):
        return "range of skin tones", None
    polarity, who = "present", None
    if kind == "disease" and said & {"history", "family"}:
        if said & {"absent", "uncertain"}:
            return "disease not in the history", None
        polarity, who = "historical", "family" if "family" in said else "patient"
    elif "absent" in said:
        polarity = "absent"
    elif "uncertain" in said:
        polarity = "uncertain"
    return RELATIONS.get((kind, polarity)) or f"{kind} {polarity}", who
