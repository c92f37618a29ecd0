"""Labels of data sets to terms: by name, by what a reader has decided, and suggestions that nobody has confirmed."""

import csv
import io
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from kg.errors import InputError, UnknownTerm
from kg.formulas import disarm
from kg.language.context import Context
from kg.language.folding import fold
from kg.lexicon import RULES, Lexicon, Link
from kg.ontology import Ontology, Term
from kg.reviewed_labels import COLUMNS, NO_TERM, ReviewedLabels
from kg.wording import counted

KINDS: Mapping[str, tuple[str, ...]] = {
    "condition": ("disease",),
    "finding": ("finding", "artifact", "symptom"),
    "artifact": ("artifact", "finding"),
    "symptom": ("symptom", "finding"),
    "site": ("site",),
    "tone": ("tone",),
    "history": ("history",),
}
"""The kinds of term that a column of each kind may name, the likeliest first."""

SURE = 0.8
"""A link by a rule of less confidence is often wrong: applied, and told to whoever can say what should stand."""

_PARENTHESIS = re.compile(r"\s*\(([^()]*)\)\s*")
_QUOTED = re.compile(r'"[^"]*"|“[^”]*”')
_WHOLE = 10_000_000  # bytes of a file of labels; ICD-11 has about a tenth


@dataclass(frozen=True)
class LabelLink:
    """A label, how often it occurs, and what it links to.

    `how` is *reviewed*, a rule of the lexicon, with what was changed in the label before it linked, *suggestion* (the
    name that looks alike is `name`; to be confirmed by a person, never applied), *reviewed: no term*, or *no name*.
    """

    label: str
    count: int
    term: Term | None
    how: str
    confidence: float | None
    name: str | None = None

    @property
    def linked(self) -> bool:
        return self.term is not None and self.how != "suggestion"


def lexicons(ontology: Ontology, kind: str) -> list[Lexicon]:
    """The lexicons in which a label of this kind is looked up, the likeliest first.

    Raises InputError if there is no such kind.
    """
    if kind not in KINDS:
        raise InputError(f"no kind of label is named {kind!r}; choose one of {', '.join(KINDS)}")
    return [_lexicon(ontology, each) for each in KINDS[kind]]


def link(surface: str, choice: Sequence[Lexicon]) -> Link | None:
    """The term that a whole label names, by the best rule among the lexicons; of equal rules the first lexicon's.

    A label that names none as it stands is tried as one would say it: *nevus, combined*, *melanoma, NOS*. The words of
    a parenthesis are read with the others, *melanoma (in situ)*, and left out only where they change nothing.
    """
    return next((found for found, _ in _links(surface, choice)), None)


def link_as_it_stands(surface: str, choice: Sequence[Lexicon]) -> Link | None:
    """`link` for one name of several in a cell, whose commas may part names."""
    return next((found for found, _ in _readings(surface, choice)), None)


def link_labels(
    labels: Mapping[str, int], ontology: Ontology, kind: str = "condition", reviewed: ReviewedLabels | None = None
) -> list[LabelLink]:
    """What each label links to, the most frequent label first.

    `labels` has each label's count. A reviewed label is what the reader said; else its name decides; else the term
    whose name is most alike is suggested. Raises InputError if there is no such kind, UnknownTerm if a reviewed label
    is tied to a term that the ontology does not have.
    """
    choice = lexicons(ontology, kind)
    decided = _decided(reviewed, kind, ontology, choice) if reviewed else {}
    found = []
    for label, count in sorted(labels.items(), key=lambda each: (-each[1], each[0])):
        name = fold(label).text
        if name in decided:
            term = decided[name]
            how = "reviewed" if term else "reviewed: no term"
            found.append(LabelLink(label, count, term, how, _measures()["confidence"]["reviewed"]))
        else:
            found.append(_by_name(label, count, choice))
    return found


def read_labels(path: Path, column: str | None = None) -> Counter[str]:
    """The labels of a file with their counts: a column of a CSV or TSV file, or the lines of any other text.

    Without `column` it is the only column, or the one named *label*. Raises InputError where the file cannot be read,
    a row has more or fewer cells than the header, or it is not clear which column is meant.
    """
    try:
        if path.stat().st_size > _WHOLE:
            raise InputError(f"{path}: larger than {_WHOLE:,} bytes, too large for a list of labels")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8") from error
    if path.suffix.lower() not in {".csv", ".tsv"}:
        return Counter(line.strip() for line in text.splitlines() if line.strip())
    return _count_cells(text, "\t" if path.suffix.lower() == ".tsv" else ",", column, path)


def _count_cells(text: str, separator: str, column: str | None, path: Path) -> Counter[str]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    labels, ragged, line = Counter[str](), [], 1
    try:
        header = next(rows, [])
        chosen = column or (header[0] if len(header) == 1 else "label")
        if chosen not in header:
            there = ", ".join(header) or "none"
            raise InputError(f"{path}: no column {chosen!r}; the columns are {there}: name one with --column")
        line = rows.line_num + 1
        for row in rows:
            if row and len(row) != len(header):
                ragged.append(f"line {line} has {len(row)}")
            elif row and (label := row[header.index(chosen)].strip()):
                labels[label] += 1
            line = rows.line_num + 1
    except csv.Error as error:
        raise InputError(f"{path}, line {line}: not a table that can be read: {error}") from error
    if ragged:
        more = f" and {len(ragged) - 3:,} more" if len(ragged) > 3 else ""
        raise InputError(
            f"{path}: the header has {counted(len(header), 'cell')}, {', '.join(ragged[:3])}{more}: "
            "put double quotes around "
            "labels that have the separator in them, or give a text file of one label a line"
        )
    return labels


def write_links(path: Path, links: Sequence[LabelLink], kind: str) -> int:
    """Writes the links as a table of reviewed labels (TSV), for a person to read and correct.

    A suggested term stands in a column of its own: `term` stays empty, which decides nothing, until somebody fills it.
    Labels that a spreadsheet would run as formulas get an apostrophe, which reading takes away again; returns how many.
    """
    import pyarrow as pa

    labels, runs = disarm(pa.array([each.label for each in links], pa.string()))
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, delimiter="\t", lineterminator="\n")
        rows.writerow((*COLUMNS, "count", "how", "confidence", "suggested term", "term label"))
        for shown, each in zip(labels.to_pylist(), links, strict=True):
            term, label = (each.term.curie, each.term.label) if each.term else (None, None)
            decided = term if each.linked else NO_TERM if each.how == "reviewed: no term" else None
            suggested = None if each.linked else term
            rows.writerow((shown, decided, kind, each.count, each.how, each.confidence, suggested, label))
    return int(runs.true_count)


def _decided(
    reviewed: ReviewedLabels, kind: str, ontology: Ontology, choice: Sequence[Lexicon]
) -> dict[str, Term | None]:
    """The terms of the reviewed labels, by the folded label; None for a label that names none."""
    terms: dict[str, Term | None] = {}
    for label, said in reviewed.of(kind).items():
        try:
            found = link(said, choice) if said else None
            terms[fold(label).text] = found.term if found else ontology.term(said) if said else None
        except InputError as error:
            raise UnknownTerm(f"{reviewed.file}: {label!r} is tied to {said!r}: {error}") from error
    return terms


def _by_name(label: str, count: int, choice: Sequence[Lexicon]) -> LabelLink:
    measures = _measures()
    for found, changes in _links(label, choice):
        confidence = measures["confidence"][found.rule]
        for each in changes:
            confidence *= measures["variants"][each]
        return LabelLink(label, count, found.term, ", ".join([found.rule, *changes]), round(confidence, 2))
    nearest = [each for lexicon in choice for each in lexicon.suggest(label, 1, min(_bands())[0])]
    if nearest:
        best = max(nearest, key=lambda each: each.similarity)
        confidence = max((share for least, share in _bands() if best.similarity >= least), default=0.0)
        return LabelLink(label, count, best.term, "suggestion", confidence, best.name)
    bare = _PARENTHESIS.sub(" ", label).strip()
    if less := _best(bare, choice):
        return LabelLink(label, count, less.term, "suggestion", min(_bands())[1], bare)
    return LabelLink(label, count, None, "no name", None)


def _links(label: str, choice: Sequence[Lexicon]) -> Iterator[tuple[Link, list[str]]]:
    """What a label links to with what was changed in it, the least changed first."""
    for form, change in _forms(label):
        for found, changes in _readings(form, choice):
            yield found, [change, *changes] if change else changes


def _readings(surface: str, choice: Sequence[Lexicon]) -> Iterator[tuple[Link, list[str]]]:
    """What a name links to: as it stands, with the words of its parentheses, and without them if they add nothing."""
    if found := _best(surface, choice):
        yield found, []
    inner = _PARENTHESIS.findall(surface)
    if not inner:
        return
    bare = _PARENTHESIS.sub(" ", surface).strip()
    for whole in (_PARENTHESIS.sub(r" \1 ", surface), " ".join([*inner, bare])) if any(inner) else ():
        if found := _best(" ".join(whole.split()), choice):
            yield found, ["parenthesis read as words"]
    found = _best(bare, choice)
    if found and not any(_adds(words, found.term, choice) for words in inner):
        yield found, ["parenthesis left out"]


def _best(name: str, choice: Sequence[Lexicon]) -> Link | None:
    links = [found for lexicon in choice if (found := lexicon.link(name))]
    return min(links, key=lambda found: RULES.index(found.rule), default=None)


def _adds(words: str, term: Term, choice: Sequence[Lexicon]) -> bool:
    """Whether a parenthesis behind a name of this term may change what is meant; what it quotes is the source's own."""
    said = _QUOTED.sub(" ", words)
    folded = fold(said)
    if "?" in words or _context().cues(said, folded).reaching:
        return True
    little = _measures()["little words"]
    telling = " ".join(word for word in folded.text.split() if word not in little)
    return any(lexicon.adds(telling, term) for lexicon in choice)


def _forms(label: str) -> Iterator[tuple[str, str]]:
    """A label as it stands, and a register's heading as one would say it, each with what was changed.

    *Nevus, NOS, compound* is a compound nevus.
    """
    yield label, ""
    parts = [part.strip() for part in label.split(",")]
    said = [part for part in parts if part.casefold() not in _measures()["fillers"]]
    if len(parts) > 1 and all(parts) and said:
        yield " ".join(reversed(said)), "words turned round" if len(said) > 1 else "filler left out"


def rule_confidence() -> Mapping[str, float]:
    """How sure a link is by its rule alone, from 0 to 1."""
    confidence: dict[str, float] = _measures()["confidence"]
    return confidence


def is_unsure(rule: str) -> bool:
    """Whether a link by this rule is often wrong; False for the rules by which captions are read."""
    return rule_confidence().get(rule, 1.0) < SURE


@lru_cache(maxsize=16)
def _lexicon(ontology: Ontology, kind: str) -> Lexicon:
    """One lexicon of each kind for an ontology: it is read, never changed, and takes a while to make."""
    return Lexicon(ontology, kind)


def _bands() -> list[tuple[float, float]]:
    return [(float(least), share) for least, share in _measures()["suggestions"].items()]


@cache
def _context() -> Context:
    return Context()


@cache
def _measures() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "linking.toml").read_text(encoding="utf-8"))
