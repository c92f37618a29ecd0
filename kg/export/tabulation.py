"""Selected pairs as one table: what an export writes, whatever its format."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kg.facets import Codes
from kg.image_facts import ImageFacts, Mask, TermCodes, names_at
from kg.pairs import Relation
from kg.selection import Selection

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

Column: TypeAlias = pa.Array | pa.ChunkedArray

_TEXT, _TEXTS = pa.string(), pa.list_(pa.string())

_PAIR = [
    pa.field("pair", _TEXT, nullable=False),
    pa.field("text", _TEXT, nullable=False),  # `title` in CSV, the name that open_clip expects
    pa.field("text_kind", _TEXT, nullable=False),
]
_IMAGE = [
    pa.field("image", _TEXT, nullable=False),
    pa.field("filepath", _TEXT),  # absolute; null where the image file was not found
    pa.field("source", _TEXT, nullable=False),
    pa.field("conditions", _TEXTS, nullable=False),  # CURIEs of the most specific depicted diseases, of any level
    pa.field("labels", _TEXTS, nullable=False),  # their names
    *(pa.field(f"level_{n}", _TEXT) for n in (1, 2, 3, 4)),  # CURIE of the first condition's tree ancestor
    pa.field("findings", _TEXTS, nullable=False),  # names, of what is present only, from here to history
    pa.field("artifacts", _TEXTS, nullable=False),
    pa.field("symptoms", _TEXTS, nullable=False),
    pa.field("sites", _TEXTS, nullable=False),
    pa.field("skin_tone", _TEXTS, nullable=False),  # several where annotators differ or both scales are used
    pa.field("history", _TEXTS, nullable=False),  # a disease of the history says whose: "melanoma (family)"
    pa.field("age", pa.float32()),  # years
    pa.field("sex", _TEXT),
    pa.field("modality", _TEXT),
    pa.field("patient", _TEXT),
    pa.field("lesion", _TEXT),
    pa.field("group", _TEXT, nullable=False),  # what splits do not divide
    pa.field("split", _TEXT),
    pa.field("source_split", _TEXT),
]

EXPORT = pa.schema([_IMAGE[1], *_PAIR, _IMAGE[0], *_IMAGE[2:]])
"""One row a pair, with `text_full` after `text` where texts were shortened. Parquet carries in the schema's metadata
the ontology's version and hash, the build, the selection and the licences of the sources (`describe`)."""

TEXT_FULL = pa.field("text_full", _TEXT, nullable=False)

_CLIMBS = r"(^|[/\\])\.\.([/\\]|$)|^[/\\]"


@dataclass(frozen=True)
class Part:
    """The selected pairs of a shard and their images, each image once. `table` joins them."""

    pairs: pa.Table  # the columns of `EXPORT` that differ from pair to pair
    images: pa.Table  # the others
    place: Codes  # (pairs,) row of each pair's image
    facts: ImageFacts  # of the images

    def __len__(self) -> int:
        return len(self.place)

    @property
    def schema(self) -> pa.Schema:
        return export_schema(shortened=TEXT_FULL.name in self.pairs.column_names)

    def filter(self, mask: Mask) -> "Part":
        """The pairs that `mask` has."""
        return self if mask.all() else replace(self, pairs=self.pairs.filter(mask), place=self.place[mask])

    def slice(self, start: int, length: int) -> "Part":
        """So many pairs from this one on."""
        return replace(self, pairs=self.pairs.slice(start, length), place=self.place[start : start + length])

    def of_pairs(self, values: Column) -> Column:
        """What each pair has of a column of the images."""
        return values.take(pa.array(self.place))

    def image_weights(self) -> Codes:
        """How many pairs each image has."""
        return np.bincount(self.place, minlength=self.images.num_rows)

    def table(self) -> pa.Table:
        """The pairs in `schema`."""
        columns = [
            self.pairs[name] if name in self.pairs.column_names else self.of_pairs(self.images[name])
            for name in self.schema.names
        ]
        return pa.table(columns, schema=self.schema)


def export_schema(*, shortened: bool = False) -> pa.Schema:
    """`EXPORT`, with the whole texts beside shortened ones."""
    fields = list(EXPORT)
    if shortened:
        fields.insert(EXPORT.get_field_index("text") + 1, TEXT_FULL)
    return pa.schema(fields)


def tabulate(graph: "KnowledgeGraph", selection: Selection) -> pa.Table:
    """The selected pairs as one table in `EXPORT`, in the order of the graph."""
    return pa.concat_tables([EXPORT.empty_table(), *(part.table() for part in iterate_parts(graph, selection))])


def iterate_parts(graph: "KnowledgeGraph", selection: Selection) -> Iterator[Part]:
    """The selected pairs, shard by shard in the order of the graph. Raises as `Selection.find` does."""
    terms = TermCodes(graph.ontology)
    for found in selection.find(graph):
        facts = ImageFacts(found.facts, found.images["image"], terms)
        yield Part(
            pairs=found.pairs.select([field.name for field in _PAIR]),
            images=_tabulate_images(found.images, facts),
            place=found.place,
            facts=facts,
        )


def _tabulate_images(images: pa.Table, facts: ImageFacts) -> pa.Table:
    terms, conditions, shows = facts.terms, facts.conditions, facts.lists(Relation.SHOWS)
    levels = terms.levels(conditions.first())
    said = {
        "filepath": _filepaths(images),
        "conditions": conditions.as_array(terms.curies),
        "labels": conditions.as_array(terms.labels),
        **{f"level_{n}": names_at(codes, terms.curies) for n, codes in enumerate(levels, start=1)},
        "findings": shows.keep(terms.of_kind("finding")[shows.codes]).as_array(terms.labels),
        "artifacts": shows.keep(terms.of_kind("artifact")[shows.codes]).as_array(terms.labels),
        "symptoms": facts.lists(Relation.HAS_SYMPTOM).as_array(terms.labels),
        "sites": facts.lists(Relation.AT_SITE).as_array(terms.labels),
        "skin_tone": facts.lists(Relation.HAS_SKIN_TONE).as_array(terms.labels),
        "history": facts.histories(),
    }
    columns = [said[field.name] if field.name in said else images[field.name] for field in _IMAGE]
    return pa.table(columns, schema=pa.schema(_IMAGE))


def describe(graph: "KnowledgeGraph", selection: Selection) -> dict[str, str]:
    """Where an export comes from: the ontology's version and hash, the build, the selection and sources (JSON)."""
    ontology = graph.info["ontology"]
    return {
        "ontology_version": ontology["version"],
        "ontology_sha256": ontology["sha256"],
        "build": graph.info["build"],
        "selection": json.dumps(selection.as_dict(), ensure_ascii=False),
        "sources": json.dumps(graph.sources().to_pylist(), ensure_ascii=False),
    }


def _filepaths(images: pa.Table) -> pa.ChunkedArray:
    """Absolute paths of image files that are there and do not climb out of their folder; null for others."""
    usable = pc.and_(images["available"], pc.invert(pc.match_substring_regex(images["path"], _CLIMBS)))
    paths = pc.binary_join_element_wise(images["root"], images["path"], "/")
    return pc.if_else(usable, paths, pa.scalar(None, _TEXT))
