"""Finding a term by any of its names."""

import difflib
import re
import unicodedata
from collections.abc import Iterable

from kg.errors import AmbiguousTerm, UnknownTerm
from kg.ontology.term import Term


def normalize(name: str) -> str:
    """The name with case, apostrophes, hyphens, underscores and runs of space made alike."""
    folded = unicodedata.normalize("NFKC", name).casefold().replace("’", "'")
    return re.sub(r"[\s_\-\u2010-\u2015]+", " ", folded).strip()


class Names:
    """The labels and synonyms of a set of terms; of deprecated ones the label alone, which says so."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self.labels: dict[str, list[Term]] = {}
        self.exact: dict[str, list[Term]] = {}
        self.others: dict[str, list[tuple[str, Term]]] = {}
        for term in terms:
            self.labels.setdefault(normalize(term.label), []).append(term)
            for synonym in term.synonyms:
                name = normalize(synonym.text)
                if term.deprecated:
                    self.others.setdefault(name, []).append(("a name of", term))
                elif synonym.scope != "exact":
                    self.others.setdefault(name, []).append((f"a {synonym.scope} synonym of", term))
                elif term not in self.exact.setdefault(name, []):
                    self.exact[name].append(term)
            for text in term.excluded:
                self.others.setdefault(normalize(text), []).append(("a name often confused with", term))

    def find(self, name: str) -> Term:
        """The term with this label, else with this exact synonym.

        Raises `UnknownTerm` with the nearest names, or `AmbiguousTerm` listing the terms that share it.
        """
        sought = normalize(name)
        found = self.labels.get(sought) or self.exact.get(sought) or []
        if len(found) == 1:
            return found[0]
        if found:
            listed = ", ".join(f"{term.label} ({term.curie}, {term.kind})" for term in found)
            raise AmbiguousTerm(f"{name!r} names {len(found)} terms: {listed}; use the identifier")
        raise UnknownTerm(f"no term is named {name!r}{self._hint(sought)}")

    def _hint(self, sought: str) -> str:
        if sought in self.others:
            said = "; ".join(f"it is {how} {term.label} ({term.curie})" for how, term in self.others[sought])
            return f": {said}"
        known = self.labels | self.exact
        near = difflib.get_close_matches(sought, known, n=8, cutoff=0.6)
        terms = list(dict.fromkeys(term for name in near for term in known[name]))[:3]
        if not terms:
            return "; list the terms with `ontology tree`"
        return ": did you mean " + ", ".join(f"{term.label} ({term.curie})" for term in terms) + "?"
