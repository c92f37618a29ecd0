"""The tables of a graph as Arrow schemas: one place that readers, builds, exports and training agree on."""

from enum import StrEnum

import pyarrow as pa


class TextKind(StrEnum):
    """What kind of text a pair carries, and the word that stands for it in a pair's id."""

    CAPTION = "caption"
    ONTOLOGY = "ontology sentence"
    CONCEPT = "concept sentence"

    @property
    def slug(self) -> str:
        return self.value.split()[0]


class Relation(StrEnum):
    """How a fact ties a pair to a term; the value is the local name of the property in `d1m:`."""

    DEPICTS = "depicts"
    RULES_OUT = "rulesOut"
    SUSPECTS = "suspects"
    SHOWS = "shows"
    LACKS = "lacks"
    MAY_SHOW = "mayShow"
    HAS_SYMPTOM = "hasSymptom"
    LACKS_SYMPTOM = "lacksSymptom"
    AT_SITE = "atSite"
    HAS_SKIN_TONE = "hasSkinTone"
    HAS_HISTORY = "hasHistory"
    LACKS_HISTORY = "lacksHistory"
    HAS_HISTORY_OF = "hasHistoryOf"

    @property
    def edge(self) -> str:
        """The relationship type in the property graph: `depicts` is `DEPICTS`, `hasSkinTone` is `HAS_SKIN_TONE`."""
        return "".join(f"_{c}" if c.isupper() else c.upper() for c in self.value)


class Facet(StrEnum):
    """By what the counts of a term are told apart."""

    ALL = "all"
    SOURCE = "source"
    TEXT_KIND = "text kind"
    TONE = "tone"
    LEVEL = "level"
    DISEASE = "disease"


_TEXT = pa.string()

IMAGES = pa.schema(
    [
        pa.field("image", _TEXT, nullable=False),  # id, `source:key`
        pa.field("source", _TEXT, nullable=False),
        pa.field("key", _TEXT, nullable=False),
        pa.field("root", _TEXT),  # folder that `path` is below, absolute
        pa.field("path", _TEXT),  # relative to root; null when the file was not found
        pa.field("available", pa.bool_(), nullable=False),
        pa.field("modality", _TEXT),  # clinical, dermoscopic, histology, non-skin, other
        pa.field("patient", _TEXT),  # group keys carry the source as prefix: `pad-ufes-20:PAT_46`
        pa.field("lesion", _TEXT),
        pa.field("case", _TEXT),
        pa.field("age", pa.float32()),  # years
        pa.field("sex", _TEXT),  # female, male, other
        pa.field("source_split", _TEXT),  # train, val or test, where the source defines it
    ]
)

PAIRS = pa.schema(
    [
        pa.field("pair", _TEXT, nullable=False),  # id, `source:key:kind:n`
        pa.field("image", _TEXT, nullable=False),
        pa.field("source", _TEXT, nullable=False),
        pa.field("text_kind", _TEXT, nullable=False),  # a TextKind
        pa.field("text", _TEXT, nullable=False),
    ]
)

_EVIDENCE = [
    pa.field("relation", _TEXT, nullable=False),  # a Relation
    pa.field("term", _TEXT, nullable=False),  # CURIE
    pa.field("weight", pa.float32()),  # share of a differential, 0 to 1
    pa.field("rank", pa.int8()),  # place in a differential, from 1
    pa.field("value", _TEXT),  # of a history factor: "20"
    pa.field("unit", _TEXT),  # of that value: "years"
    pa.field("who", _TEXT),  # patient, family, patient or family
    pa.field("annotator", _TEXT),
    pa.field("confirmed_by", _TEXT),  # histopathology, follow-up, consensus, confocal, clinician, label only
    pa.field("column", _TEXT, nullable=False),  # where the source says it
    pa.field("start", pa.int32()),  # span of the surface form within the column's text, characters
    pa.field("end", pa.int32()),
    pa.field("surface", _TEXT),  # the words of the source
    pa.field("rule", _TEXT, nullable=False),  # how they were linked: label, exact synonym, narrow synonym …
]

IMAGE_FACTS = pa.schema([pa.field("image", _TEXT, nullable=False), *_EVIDENCE])
"""Facts before pairs exist: one row for each piece of evidence."""

FACTS = pa.schema([pa.field("pair", _TEXT, nullable=False), *_EVIDENCE])
"""One row for each piece of evidence: a fact (pair, relation, term) may have several."""

CAPTIONS = pa.schema(
    [
        pa.field("image", _TEXT, nullable=False),
        pa.field("column", _TEXT, nullable=False),
        pa.field("text", _TEXT, nullable=False),
    ]
)

STATEMENTS = pa.schema(
    [
        pa.field("image", _TEXT, nullable=False),
        pa.field("role", _TEXT, nullable=False),  # condition, finding, symptom, site, tone, history, artifact
        pa.field("polarity", _TEXT, nullable=False),  # present, absent, uncertain, historical
        pa.field("surface", _TEXT, nullable=False),  # the name to link: a label, a synonym or a CURIE
        pa.field("raw", _TEXT),  # the cell as the source has it
        pa.field("weight", pa.float32()),
        pa.field("rank", pa.int8()),
        pa.field("value", _TEXT),
        pa.field("unit", _TEXT),
        pa.field("who", _TEXT),
        pa.field("annotator", _TEXT),
        pa.field("confirmed_by", _TEXT),
        pa.field("column", _TEXT, nullable=False),
    ]
)

REJECTS = pa.schema(
    [
        pa.field("source", _TEXT, nullable=False),
        pa.field("file", _TEXT, nullable=False),
        pa.field("row", pa.int64(), nullable=False),  # line where the record begins, the header is line 1
        pa.field("column", _TEXT),
        pa.field("reason", _TEXT, nullable=False),  # a short fixed phrase, the key of the account
        pa.field("detail", _TEXT),
    ]
)

TERMS = pa.schema(
    [
        pa.field("term", _TEXT, nullable=False),  # CURIE
        pa.field("iri", _TEXT, nullable=False),
        pa.field("label", _TEXT, nullable=False),
        pa.field("kind", _TEXT, nullable=False),  # disease, defined, finding, symptom, artifact, site, tone, history
        pa.field("level", pa.int8()),
        pa.field("malignancy", _TEXT),
        pa.field("core", pa.bool_()),
        pa.field("definition", _TEXT),
        pa.field("synonyms", pa.list_(_TEXT)),  # exact ones
        pa.field("exact_matches", pa.list_(_TEXT)),  # CURIEs of other vocabularies
    ]
)

CLOSURE = pa.schema(
    [
        pa.field("term", _TEXT, nullable=False),
        pa.field("ancestor", _TEXT, nullable=False),  # the term itself too, at distance 0
        pa.field("distance", pa.int8()),  # steps along asserted parents (for sites: part of); null when inferred
        pa.field("inferred", pa.bool_(), nullable=False),
    ]
)

KNOWLEDGE = pa.schema(
    [
        pa.field("term", _TEXT, nullable=False),
        pa.field("relation", _TEXT, nullable=False),  # hasFinding, hasTypicalSite, hasLocation, partOf, subClassOf …
        pa.field("object", _TEXT, nullable=False),
        pa.field("frequency", _TEXT),  # obligate, very frequent, frequent, occasional, very rare
        pa.field("distinguished_by", _TEXT),  # what tells the term from a differential diagnosis
    ]
)

COUNTS = pa.schema(
    [
        pa.field("term", _TEXT),  # CURIE; null counts all images, whatever is said of them
        pa.field("relation", _TEXT),  # a Relation by which the term, or one below it, is said; null with a null term
        pa.field("facet", _TEXT, nullable=False),  # a Facet
        pa.field("value", _TEXT),  # of the facet: a source, a text kind, a tone's or a disease's CURIE, a level
        pa.field("images", pa.int64(), nullable=False),  # distinct
        pa.field("pairs", pa.int64(), nullable=False),
    ]
)
