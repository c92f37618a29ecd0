"""Captions and statements of a source to facts: which terms they name, how they hold, and by what evidence."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kg.captions import RELATIONS, SCALE, CaptionReader, Named, is_scale
from kg.language.folding import fold
from kg.lexicon import Lexicon, Link
from kg.linking import KINDS, link, link_as_it_stands
from kg.ontology import Ontology
from kg.pairs import IMAGE_FACTS, Relation
from kg.portraits import Portrait, animals, as_non_skin, complete
from kg.sources import Part, Reading, SourceSpec
from kg.sources.cells import number_rows, spread
from kg.sources.specification import Fact

UNLINKED = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("role", pa.string(), nullable=False),
        pa.field("column", pa.string(), nullable=False),
        pa.field("surface", pa.string(), nullable=False),
        pa.field("count", pa.int64(), nullable=False),
    ]
)
"""Surface forms of statements that name no term, the most frequent first."""

_POSITIVE = {
    Relation.DEPICTS,
    Relation.SUSPECTS,
    Relation.SHOWS,
    Relation.MAY_SHOW,
    Relation.HAS_SYMPTOM,
    Relation.AT_SITE,
    Relation.HAS_SKIN_TONE,
    Relation.HAS_HISTORY,
    Relation.HAS_HISTORY_OF,
}
"""Relations of which the most specific term says all: an ancestor beside it is dropped."""


_KEPT = 20_000
"""Names and texts that are remembered."""


@dataclass(frozen=True)
class Alignment:
    """The facts of a source's images, and what could not be linked.

    `images` are the source's, with what captions tell of modality, age and sex in cells that it leaves empty: `filled`
    counts them by field. `stated` counts the names in statements by role, `unlinked` has those that name no term;
    `passed_over` counts what names a term and makes no fact, by reason.
    """

    images: pa.Table  # IMAGES
    filled: dict[str, int]
    facts: pa.Table  # IMAGE_FACTS
    unlinked: pa.Table  # UNLINKED
    stated: dict[str, int]
    passed_over: dict[str, int]

    @property
    def lost(self) -> dict[str, int]:
        """How many names in statements name no term, by role."""
        lost: Counter[str] = Counter()
        for row in self.unlinked.select(["role", "count"]).to_pylist():
            lost[row["role"]] += row["count"]
        return dict(lost)

    @property
    def linked(self) -> dict[str, float]:
        """For each role the share of names in statements that name a term, from 0 to 1."""
        lost = self.lost
        return {role: 1 - lost.get(role, 0) / total for role, total in self.stated.items()}


def align(reading: Reading, ontology: Ontology) -> Alignment:
    """What `Aligner.align` makes of a reading."""
    return Aligner(ontology).align(reading.spec, reading)


class Aligner:
    """Aligns one part after another to the same ontology; names and texts that come again are read once."""

    def __init__(self, ontology: Ontology) -> None:
        self._ontology = ontology
        kinds = sorted({kind for kinds in KINDS.values() for kind in kinds})
        lexicons = {kind: Lexicon(ontology, kind) for kind in kinds}
        choices = {role: [lexicons[kind] for kind in of_role] for role, of_role in KINDS.items()}
        self._whole = {role: lru_cache(_KEPT)(partial(link, choice=choice)) for role, choice in choices.items()}
        self._part = {
            role: lru_cache(_KEPT)(partial(link_as_it_stands, choice=choice)) for role, choice in choices.items()
        }
        self._read = lru_cache(_KEPT)(CaptionReader(ontology).read)

    def align(self, spec: SourceSpec, part: Part) -> Alignment:
        """The facts of all captions and statements of a part of a source.

        A disease that a caption names is `depicts` only where no column of the source names one for the image, or
        where it is the same disease or a kind of it. Of a term and its ancestor in the same column of an image, the
        term alone is kept. An image of which a caption is told of an animal has no facts at all.
        """
        passed_over: Counter[str] = Counter()
        said, unlinked, stated = self._align_statements(spec, part.statements, passed_over)
        told, codes, portraits = self._align_captions(part.captions, passed_over)
        captioned = part.captions["image"]
        images, filled = complete(part.images, captioned, codes, portraits)
        of_animals = animals(captioned, codes, portraits)
        said = _without(said, of_animals, passed_over)
        told = _without(told, of_animals, passed_over)
        told, beside = _agreeing(told, said, self._ontology)
        if beside:
            passed_over["disease beside another one that a column names"] = beside
        facts = _distinct_facts(pa.concat_tables([said, told]).combine_chunks())
        return Alignment(
            images=as_non_skin(images, of_animals),
            filled=filled,
            facts=_most_specific(facts, self._ontology),
            unlinked=unlinked,
            stated=stated,
            passed_over=dict(passed_over),
        )

    def _align_statements(
        self, spec: SourceSpec, statements: pa.Table, passed_over: Counter[str]
    ) -> tuple[pa.Table, pa.Table, dict[str, int]]:
        """Facts, names without a term, and the number of names by role. Each distinct statement is linked once."""
        keys = [statements[name].combine_chunks() for name in ("role", "column", "polarity", "surface")]
        numbers, first = number_rows(keys)
        counts = np.bincount(numbers, minlength=len(first))
        cells = {fact.column: fact for fact in _facts(spec) if fact.column}
        named: list[Named] = []
        sizes = np.zeros(len(first), np.int64)
        missed: Counter[tuple[str, str, str]] = Counter()
        total: Counter[str] = Counter()
        distinct = statements.select(["role", "column", "polarity", "surface"]).take(pa.array(first)).to_pylist()
        for number, (statement, count) in enumerate(zip(distinct, counts.tolist(), strict=True)):
            role, column = statement["role"], statement["column"]
            for start, end, found in self._parts(statement["surface"], cells.get(column), role):
                total[role] += count
                if found is None:
                    missed[role, column, statement["surface"][start:end]] += count
                elif is_scale(found.term, self._ontology):
                    passed_over[SCALE] += count
                elif relation := RELATIONS.get((found.term.kind, statement["polarity"])):
                    sizes[number] += 1
                    named.append(Named(relation, found.term, None, start, end, found.rule))
                else:
                    passed_over[f"{found.term.kind} {statement['polarity']}"] += count
        rows, places = spread(numbers, sizes)
        source = statements.take(pa.array(rows))
        raw = source["raw"].combine_chunks()
        one_name = [fact is None or fact.separator is None for fact in map(cells.get, source["column"].to_pylist())]
        renamed = pc.not_equal(source["surface"].combine_chunks(), pc.utf8_trim_whitespace(raw))
        facts = _spans_of_cells(_evidence(source, named, places), raw, pc.or_(pa.array(one_name, pa.bool_()), renamed))
        unlinked = [
            {"source": spec.name, "role": role, "column": column, "surface": surface, "count": count}
            for (role, column, surface), count in sorted(missed.items(), key=lambda each: (-each[1], each[0]))
        ]
        return facts, pa.Table.from_pylist(unlinked, UNLINKED), dict(sorted(total.items()))

    def _parts(self, surface: str, fact: Fact | None, role: str) -> Iterator[tuple[int, int, Link | None]]:
        """The names in a cell with their places: where several are joined, the longest that link come first."""
        if fact is None or fact.separator is None:
            yield 0, len(surface), self._whole[role](surface)
            return
        pieces = [match.span() for match in re.finditer(rf"[^{re.escape(fact.separator)}]+", surface)]
        while pieces:
            for count in range(len(pieces), 0, -1):
                start, end = _trimmed(surface, pieces[0][0], pieces[count - 1][1])
                found = self._part[role](surface[start:end])
                if found or count == 1:
                    break
            if start < end and fold(surface[start:end]).text not in _folded(fact.placeholders):
                yield start, end, found
            pieces = pieces[count:]

    def _align_captions(
        self, captions: pa.Table, passed_over: Counter[str]
    ) -> tuple[pa.Table, npt.NDArray[np.int64], list[Portrait]]:
        """Facts of captions, the number of each caption's text, and the portraits of the texts.

        Each distinct text is read once; what makes no fact is counted.
        """
        texts = captions["text"].combine_chunks()
        encoded = texts.dictionary_encode()
        codes = encoded.indices.to_numpy().astype(np.int64)
        named: list[Named] = []
        portraits: list[Portrait] = []
        sizes = np.zeros(len(encoded.dictionary), np.int64)
        counts = np.bincount(codes, minlength=len(sizes)) if len(texts) else sizes
        for number, text in enumerate(encoded.dictionary.to_pylist()):
            read = self._read(text)
            named += read.named
            portraits.append(read.portrait)
            sizes[number] = len(read.named)
            for reason in read.passed:
                passed_over[reason] += int(counts[number])
        rows, places = spread(codes, sizes)
        source = captions.take(pa.array(rows))
        facts = _with_surfaces(_evidence(source, named, places), source["text"].combine_chunks())
        return facts, codes, portraits


def _without(facts: pa.Table, animals: pa.Array, passed_over: Counter[str]) -> pa.Table:
    """The facts without those of pictures of animals, which are counted."""
    kept = facts.filter(pc.invert(pc.is_in(facts["image"], value_set=animals)))
    if dropped := len(facts) - len(kept):
        passed_over["of a picture that a caption tells of an animal"] += dropped
    return kept


def _facts(spec: SourceSpec) -> Iterator[Fact]:
    yield from spec.facts
    for join in spec.joins:
        yield from join.facts


@cache
def _folded(placeholders: tuple[str, ...]) -> frozenset[str]:
    return frozenset(fold(word).text for word in placeholders)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), start + len(part.rstrip())


def _spans_of_cells(facts: pa.Table, raw: pa.Array, whole: pa.Array) -> pa.Table:
    """Spans as characters of the cell as the source has it; a cell that is one name is its own surface form."""
    blanks = pc.subtract(pc.utf8_length(raw), pc.utf8_length(pc.utf8_ltrim_whitespace(raw)))
    starts, ends = facts["start"].combine_chunks(), facts["end"].combine_chunks()
    starts = pc.if_else(whole, 0, pc.add(starts, blanks)).cast(pa.int32())
    ends = pc.if_else(whole, pc.utf8_length(raw), pc.add(ends, blanks)).cast(pa.int32())
    for name, column in (("start", starts), ("end", ends)):
        facts = facts.set_column(facts.schema.get_field_index(name), IMAGE_FACTS.field(name), column)
    return _with_surfaces(facts, raw)


def _with_surfaces(facts: pa.Table, texts: pa.Array) -> pa.Table:
    """The facts with their words, cut from the texts; each distinct cut is made once."""
    keys = [texts, facts["start"].combine_chunks(), facts["end"].combine_chunks()]
    numbers, first = number_rows(keys)
    cuts = zip(*(key.take(pa.array(first)).to_pylist() for key in keys), strict=True)
    surfaces = pa.array([text[start:end] for text, start, end in cuts], pa.string()).take(pa.array(numbers))
    return facts.set_column(facts.schema.get_field_index("surface"), IMAGE_FACTS.field("surface"), surfaces)


def _evidence(source: pa.Table, named: Sequence[Named], places: npt.NDArray[np.int64]) -> pa.Table:
    """One fact for each place: what is named there, with what the source's row says beside it."""
    take = pa.array(places)
    rows = source.num_rows

    def of_named(values: Iterable[str | int | None], kind: pa.DataType) -> pa.Array:
        return pa.array(list(values), kind).take(take)

    known = {
        "relation": of_named((each.relation.value for each in named), pa.string()),
        "term": of_named((each.term.curie for each in named), pa.string()),
        "start": of_named((each.start for each in named), pa.int32()),
        "end": of_named((each.end for each in named), pa.int32()),
        "rule": of_named((each.rule for each in named), pa.string()),
        "surface": pa.nulls(rows, pa.string()),
    }
    for name in ("who", "value", "unit"):
        if name not in source.column_names:
            known[name] = of_named((getattr(each, name) for each in named), pa.string())
    columns = [
        known[field.name]
        if field.name in known
        else source[field.name]
        if field.name in source.column_names
        else pa.nulls(rows, field.type)
        for field in IMAGE_FACTS
    ]
    return pa.table(columns, schema=IMAGE_FACTS)


def _agreeing(told: pa.Table, said: pa.Table, ontology: Ontology) -> tuple[pa.Table, int]:
    """The facts of captions without the diseases that contradict a column's, and how many those were."""
    depicts = Relation.DEPICTS.value
    number = pa.array(np.arange(told.num_rows))
    ours = told.select(["image", "relation", "term"]).append_column("number", number)
    ours = ours.filter(pc.equal(ours["relation"], depicts))
    labelled = said.filter(pc.equal(said["relation"], depicts)).select(["image", "term"])
    both = ours.join(labelled.rename_columns(["image", "label"]), "image", join_type="inner").combine_chunks()
    numbers, first = number_rows([both["term"].combine_chunks(), both["label"].combine_chunks()])
    pairs = both.select(["term", "label"]).take(pa.array(first)).to_pylist()
    agree = np.array([ontology.term(p["label"]) in ontology.ancestors(p["term"]) for p in pairs], bool)[numbers]
    of_labelled = np.unique(both["number"].to_numpy())
    contradicting = np.setdiff1d(of_labelled, both["number"].to_numpy()[agree])
    kept = np.ones(told.num_rows, bool)
    kept[contradicting] = False
    return told.filter(pa.array(kept)), len(contradicting)


def _distinct_facts(facts: pa.Table) -> pa.Table:
    """The facts without repetitions of one (image, relation, term, column, rule, start)."""
    keys = ["image", "relation", "term", "column", "rule", "start", "who"]
    _, first = number_rows([facts[key].combine_chunks() for key in keys])
    return facts.take(pa.array(np.sort(first)))


def _most_specific(facts: pa.Table, ontology: Ontology) -> pa.Table:
    """The facts without those that a more specific one of the same image, relation and column implies."""
    positive = pc.is_in(facts["relation"].combine_chunks(), value_set=pa.array([each.value for each in _POSITIVE]))
    groups, _ = number_rows([facts[key].combine_chunks() for key in ("image", "relation", "column", "who")])
    encoded = facts["term"].combine_chunks().dictionary_encode()
    curies = encoded.dictionary.to_pylist()
    place = {curie: number for number, curie in enumerate(curies)}
    above = [
        [place[a.curie] for a in ontology.ancestors(curie) if a.curie in place and a.curie != curie] for curie in curies
    ]
    sizes = np.array([len(each) for each in above], np.int64)
    terms = encoded.indices.to_numpy().astype(np.int64)
    rows, places = spread(terms, sizes)
    flat = np.array([number for each in above for number in each], np.int64)
    implied = groups[rows] * len(curies) + flat[places]
    kept = ~np.isin(groups * len(curies) + terms, implied) | ~positive.to_numpy(zero_copy_only=False)
    return facts.filter(pa.array(kept))
