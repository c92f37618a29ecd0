"""Which conditions of an ontology can be drawn, with which findings, and where."""

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.atlas.appearance import Appearance, Aspect, load_appearance
from kg.errors import InputError
from kg.wording import counted

if TYPE_CHECKING:
    from kg.ontology import Ontology, Term

DEFAULT_CONDITIONS = 48
LEAST_CONDITIONS = 40
LEAST_IN_GROUP = 3
_LEAST_FINDINGS = 2
_CANDIDATES = 4  # for each place in a group, so many conditions are compared
_TYPICAL = 0.5  # a finding that at least every other case shows

_FILE = Path(__file__).with_name("population.toml")


@lru_cache(maxsize=1)
def load_population() -> Mapping[str, Any]:
    """What is drawn apart from disease, as `population.toml` has it."""
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Place:
    """A site of the ontology with the drawing that stands for it."""

    curie: str
    label: str
    drawn: str
    weight: float


@dataclass(frozen=True)
class Condition:
    """A condition as the atlas draws it. Findings and symptoms go by label, with the probability of each."""

    curie: str
    label: str
    names: tuple[str, ...]  # the label and exact synonyms
    core: bool  # common data sets name it
    renown: int  # how many names and mappings the ontology has of it
    path: tuple[tuple[str, str], ...]  # CURIE and label at levels 1 to 4
    findings: Mapping[str, float]
    symptoms: Mapping[str, float]
    places: tuple[Place, ...]

    @property
    def group(self) -> str:
        """CURIE of the level-1 group."""
        return self.path[0][0]

    def at(self, appearance: Appearance, drawn: str, dermoscopic: bool = False) -> dict[str, float]:
        """The findings that can be drawn at a drawn site."""
        looks = appearance.findings
        return {name: p for name, p in self.findings.items() if looks[name].fits(drawn, dermoscopic)}

    def structures(self, appearance: Appearance) -> dict[str, float]:
        """The dermoscopic findings."""
        return {n: p for n, p in self.findings.items() if appearance.findings[n].aspect is Aspect.STRUCTURE}


@dataclass(frozen=True)
class Repertoire:
    """The conditions of an atlas and the identifiers of all that it states."""

    conditions: tuple[Condition, ...]
    curies: Mapping[str, str]  # label to CURIE of findings, symptoms, tones, artifacts, history

    @property
    def fingerprint(self) -> str:
        """Changes when the ontology says something else of what is drawn."""
        drawn = [
            (c.curie, c.names, c.path, dict(c.findings), dict(c.symptoms), [vars(p) for p in c.places])
            for c in self.conditions
        ]
        text = json.dumps([drawn, dict(self.curies)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def choose_conditions(ontology: "Ontology", wanted: int | Sequence[str] | None = None) -> Repertoire:
    """The conditions to draw: those named, or so many (48 by default) from all level-1 groups in turn.

    Within a group those are taken first that data sets and vocabularies name most, that have much to draw, and whose
    findings and sites differ most from what has been taken. Raises
    `UnknownTerm` for a name that the ontology does not have, `InputError` when one cannot be drawn or too few can.
    """
    population = load_population()
    if wanted is None or isinstance(wanted, int):
        drawable = [c for t in ontology.terms("disease") if t.is_condition and (c := _condition(ontology, t))]
        conditions = _spread(ontology, drawable, DEFAULT_CONDITIONS if wanted is None else wanted)
    else:
        conditions = [_named(ontology, name) for name in wanted]
    labels = {name for c in conditions for name in (*c.findings, *c.symptoms)} | set(population["asked"]["symptoms"])
    labels |= {*population["fitzpatrick"], *population["monk"], *population["artifact"], *population["history"]}
    labels |= {population["duration"]["term"]}
    terms = {label: ontology.term(label) for label in sorted(labels)}
    return Repertoire(
        conditions=tuple(conditions),
        curies={label: term.curie for label, term in terms.items()},
    )


def drawable_terms(ontology: "Ontology", appearance: Appearance) -> dict[str, "Term"]:
    """The ontology's term for each finding of the appearance. Raises `UnknownTerm` when it has none."""
    return {label: ontology.term(label) for label in appearance.findings}


def _named(ontology: "Ontology", name: str) -> Condition:
    term = ontology.term(name)
    condition = _condition(ontology, term) if term.is_condition else None
    if condition is None:
        raise InputError(
            f"{term.label} ({term.curie}) cannot be drawn: the ontology must give a level-4 condition at least "
            f"{_LEAST_FINDINGS} findings that the atlas can draw, one of them a shape (or a change of nail, hair or "
            "mucosa) that is at least frequent, at a site that it can draw"
        )
    return condition


def _condition(ontology: "Ontology", term: "Term") -> Condition | None:
    """The condition with its drawable findings and sites, or None when they are too few."""
    appearance, population = load_appearance(), load_population()
    chances: Mapping[str, float] = population["frequency"]
    findings: dict[str, float] = {}
    symptoms: dict[str, float] = {}
    sites: dict[str, float] = {}
    for known in ontology.knowledge(term):
        chance = chances[known.frequency or "unstated"]
        label = known.term.label
        if known.relation in {"hasFinding", "hasDefiningFinding"} and label in appearance.findings:
            chance = 1.0 if known.relation == "hasDefiningFinding" else chance
            findings[label] = max(chance, findings.get(label, 0))
        elif known.relation == "hasTypicalSymptom":
            symptoms[label] = max(chance, symptoms.get(label, 0))
        elif known.relation in {"hasTypicalSite", "hasLocation"}:
            sites[label] = max(chance, sites.get(label, 0))
    places = _places(ontology, sites) or _places(ontology, population["elsewhere"])
    condition = Condition(
        curie=term.curie,
        label=term.label,
        names=_names(term),
        core=term.core,
        renown=len(term.synonyms) + len(term.mappings),
        path=tuple((step.curie, step.label) for step in ontology.path(term)),
        findings=findings,
        symptoms=symptoms,
        places=places,
    )
    fitting = tuple(place for place in places if _can_rest(condition.at(appearance, place.drawn), appearance))
    if not fitting or len(condition.path) != 4:
        return None
    return Condition(**{**vars(condition), "places": fitting})


def _can_rest(findings: Mapping[str, float], appearance: Appearance) -> bool:
    """Whether a picture of these findings shows something typical: a carrying finding, and a flat one its colour."""
    looks = appearance.findings
    carrying = [looks[name] for name, chance in findings.items() if chance >= _TYPICAL and looks[name].carries]
    coloured = any(looks[name].aspect is Aspect.COLOUR for name in findings)
    visible = any(coloured or look.shows_uncoloured for look in carrying)
    return visible and (len(findings) >= _LEAST_FINDINGS or any(look.on for look in carrying))


def _places(ontology: "Ontology", sites: Mapping[str, float]) -> tuple[Place, ...]:
    places = []
    for label, weight in sites.items():
        term = ontology.term(label)
        drawn = _drawn_site(ontology, term)
        if drawn is not None:
            places.append(Place(term.curie, term.label, drawn, float(weight)))
    return tuple(places)


def _drawn_site(ontology: "Ontology", site: "Term") -> str | None:
    wholes = {term.label: distance for term, distance in ontology.ancestors(site).items()}
    reach = {
        drawn: min((wholes[label] for label in labels if label in wholes), default=None)
        for drawn, labels in load_population()["site"].items()
    }
    near = [(distance, rank, drawn) for rank, (drawn, distance) in enumerate(reach.items()) if distance is not None]
    return min(near)[2] if near else None


def _names(term: "Term") -> tuple[str, ...]:
    exact = [s.text for s in term.synonyms if s.scope == "exact" and len(s.text) > 4 and s.type is None]
    return (term.label, *exact)


def _spread(ontology: "Ontology", drawable: Sequence[Condition], number: int) -> list[Condition]:
    """So many conditions, from each level-1 group in turn, each the one that differs most from those taken."""
    groups: dict[str, list[Condition]] = {t.curie: [] for t in ontology.terms("disease") if t.level == 1}
    for condition in drawable:
        groups[condition.group].append(condition)
    poor = {curie: found for curie, found in groups.items() if len(found) < LEAST_IN_GROUP}
    if poor or len(drawable) < max(number, LEAST_CONDITIONS):
        short = "; ".join(f"{ontology.term(curie).label}: {len(found)}" for curie, found in poor.items())
        raise InputError(
            f"the ontology has findings to draw for {counted(len(drawable), 'condition')}; wanted are "
            f"{max(number, LEAST_CONDITIONS)} with at least {LEAST_IN_GROUP} in each level-1 group"
            f"{f' (short: {short})' if short else ''}. Give more conditions a typical shape, colour and site"
        )
    if number < LEAST_IN_GROUP * len(groups):
        raise InputError(
            f"{number} conditions are too few for {LEAST_IN_GROUP} of each of the {len(groups)} level-1 groups; ask "
            f"for at least {LEAST_IN_GROUP * len(groups)}"
        )
    most = _CANDIDATES * -(-number // len(groups))
    if sum(min(len(found), most) for found in groups.values()) < number:
        most = number
    waiting = {curie: sorted(found, key=_worth, reverse=True)[:most] for curie, found in groups.items()}
    profiles = {condition.curie: _profile(condition) for found in waiting.values() for condition in found}
    distance = dict.fromkeys(profiles, 1.0)  # to the nearest of those taken
    taken: list[Condition] = []
    while len(taken) < number:
        for found in filter(None, waiting.values()):
            if len(taken) == number:
                break
            best = max(found, key=lambda condition: _worth(condition) * distance[condition.curie])
            found.remove(best)
            taken.append(best)
            for other in (condition.curie for left in waiting.values() for condition in left):
                distance[other] = min(distance[other], _difference(profiles[best.curie], profiles[other]))
    return sorted(taken, key=lambda condition: condition.curie)


def _worth(condition: Condition) -> float:
    """More for a condition of common data sets, one that many vocabularies name, and one with much to draw."""
    typical = sum(chance >= _TYPICAL for chance in condition.findings.values())
    return (1.0 if condition.core else 0.4) * min(1.0, condition.renown / 8) * (0.4 + 0.6 * min(1.0, typical / 5))


def _difference(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """1 minus the weighted Jaccard similarity of two profiles (Ruzicka 1958)."""
    keys = one.keys() | other.keys()
    shared = sum(min(one.get(k, 0), other.get(k, 0)) for k in keys)
    return 1 - shared / sum(max(one.get(k, 0), other.get(k, 0)) for k in keys)


def _profile(condition: Condition) -> dict[str, float]:
    """What a condition looks like: the probability of each finding, and of each drawn site, which counts double."""
    total = sum(place.weight for place in condition.places)
    profile = dict(condition.findings)
    for place in condition.places:
        profile[f"at {place.drawn}"] = profile.get(f"at {place.drawn}", 0) + 2 * place.weight / total
    return profile
