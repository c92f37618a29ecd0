"""A term of the ontology, and what the ontology says of it, as plain values."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Synonym:
    """Another name of a term."""

    text: str
    scope: str  # exact, broad, narrow, related
    type: str | None  # abbreviation, layperson, data-set label
    source: str | None


@dataclass(frozen=True, slots=True)
class Term:
    """A class of the ontology. Two terms are equal when their CURIEs are."""

    curie: str
    iri: str = field(compare=False)
    label: str = field(compare=False)
    kind: str = field(compare=False)  # disease, defined, finding, symptom, artifact, site, tone, history, other
    level: int | None = field(default=None, compare=False)  # 1, the broadest, to 4; diseases only
    definition: str | None = field(default=None, compare=False)
    malignancy: str | None = field(default=None, compare=False)  # label of the value
    core: bool = field(default=False, compare=False)  # named by common data sets
    synonyms: tuple[Synonym, ...] = field(default=(), compare=False)
    excluded: tuple[str, ...] = field(default=(), compare=False)  # names often confused with the term
    mappings: tuple[tuple[str, str], ...] = field(default=(), compare=False)  # (exactMatch …, CURIE)
    review_status: str | None = field(default=None, compare=False)
    deprecated: bool = field(default=False, compare=False)  # withdrawn: kept in the file, and no longer linked to

    @property
    def is_condition(self) -> bool:
        """Whether this is a disease term at level 4."""
        return self.kind == "disease" and self.level == 4

    @property
    def is_group(self) -> bool:
        """Whether this is a disease term at level 1, 2 or 3."""
        return self.kind == "disease" and self.level in (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """One thing that the ontology says of a disease.

    `frequency` is how often a typical one is met, in HPO's words; `distinguished_by` is the feature that tells the
    disease from a differential diagnosis.
    """

    relation: str  # hasFinding, hasDefiningFinding, hasTypicalSite, hasTypicalSymptom, hasLocation, hasDifferential
    term: Term
    frequency: str | None
    distinguished_by: str | None = None
