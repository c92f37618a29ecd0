"""Labels of public data sets beside the terms that a reader chose for them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from kg.errors import InputError, UnknownTerm
from kg.language.phrases import read_rows
from kg.lexicon import Lexicon
from kg.linking import link
from kg.ontology import Ontology, Term

COLUMNS = ("dataset", "label", "proposed_condition_or_@group")
_BASELINE = "same as a term's label"


class Linked(NamedTuple):
    """A label, the term that a reader chose for it, and what the software makes of it."""

    dataset: str
    label: str
    chosen: Term
    found: Term | None
    rule: str
    same: bool  # whether the label is, letter for letter but for case, the chosen term's

    @property
    def verdict(self) -> str:
        return "unlinked" if self.found is None else "right" if self.found == self.chosen else "other"


def link_labels(file: Path, ontology: Ontology) -> tuple[list[Linked], list[str]]:
    """Each label of a table with a chosen term, linked without the ontology's synonyms of type *data-set label*.

    Beside them the chosen names that the ontology has no term for. Rows without a chosen name are left out: their
    labels name no disease. Raises InputError where a column is missing.
    """
    lexicon = [Lexicon(ontology, "disease", without="data-set label")]
    linked, unknown = [], []
    for row in read_rows(file):
        if missing := [name for name in COLUMNS if name not in row]:
            raise InputError(f"{file}: no column {missing[0]!r}")
        dataset, label, name = (row[column] for column in COLUMNS)
        if not name:
            continue
        try:
            chosen = ontology.term(name.removeprefix("@"))
        except UnknownTerm:
            unknown.append(name)
            continue
        found = link(label.replace("_", " "), lexicon)
        same = label.replace("_", " ").casefold() == chosen.label.casefold()
        linked.append(Linked(dataset, label, chosen, found.term if found else None, found.rule if found else "-", same))
    return linked, sorted(set(unknown))


def report(linked: Sequence[Linked], unknown: Sequence[str]) -> Iterator[str]:
    """Lines that say how many labels link to the chosen term, by data set and by rule, beside the bare labels."""
    yield f"{len(linked)} labels, linked without their own entries; {_BASELINE}: {sum(each.same for each in linked)}"
    for name, key in (("data set", "dataset"), ("rule", "rule")):
        yield f"\n{name:24}{'labels':>8}{'right':>8}{'other':>8}{'unlinked':>10}{'precision':>11}{'baseline':>10}"
        groups = sorted({getattr(each, key) for each in linked})
        for group in (*groups, "all"):
            chosen = [each for each in linked if group in ("all", getattr(each, key))]
            counts = Counter(each.verdict for each in chosen)
            tied = counts["right"] + counts["other"]
            precision = f"{counts['right'] / tied:.3f}" if tied else "-"
            yield (
                f"{group:24}{len(chosen):>8}{counts['right']:>8}{counts['other']:>8}{counts['unlinked']:>10}"
                f"{precision:>11}{sum(each.same for each in chosen) / len(chosen):>10.3f}"
            )
    if unknown:
        yield f"\nchosen names that the ontology has no term for, left out: {', '.join(unknown)}"
    yield "\nlinked to another term than the chosen one"
    for each in linked:
        if each.found and each.verdict == "other":
            yield f"  {each.dataset}: {each.label} → {each.found.label} ({each.rule}), chosen {each.chosen.label}"
