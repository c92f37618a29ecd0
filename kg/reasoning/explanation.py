"""Why something follows: the smallest set of asserted axioms that it still follows from.

A locality module is cut out first (B. Cuenca Grau, I. Horrocks, Y. Kazakov, U. Sattler, "Modular Reuse of Ontologies",
JAIR 31, 2008), then axioms are left out one by one (A. Kalyanpur et al., "Finding All Justifications of OWL DL
Entailments", ISWC 2007: black-box contraction).
"""

import functools
import operator
from collections.abc import Iterable
from dataclasses import dataclass, field

from kg.errors import InputError
from kg.reasoning.axioms import NOTHING, THING, And, Axioms, Expression, OutsideProfileError
from kg.reasoning.el import follows


@dataclass(frozen=True, slots=True)
class SubClassOf:
    """Every `sub` is an `above`."""

    sub: Expression
    above: Expression


@dataclass(frozen=True, slots=True)
class EquivalentTo:
    """The two have the same members."""

    one: Expression
    other: Expression


@dataclass(frozen=True, slots=True)
class DisjointWith:
    """The two have no member in common."""

    one: Expression
    other: Expression


@dataclass(frozen=True, slots=True)
class SubPropertyOf:
    """The chain of properties, one or more, leads where `role` leads."""

    chain: tuple[str, ...]
    role: str


@dataclass(frozen=True, slots=True)
class Reflexive:
    """The property leads from everything to itself."""

    role: str


@dataclass(frozen=True, slots=True)
class Domain:
    """What the property leads from is an `above`."""

    role: str
    above: Expression


@dataclass(frozen=True, slots=True)
class Range:
    """What the property leads to is an `above`."""

    role: str
    above: Expression


Axiom = SubClassOf | EquivalentTo | DisjointWith | SubPropertyOf | Reflexive | Domain | Range


class DoesNotFollowError(InputError):
    """What was to be explained does not follow from the axioms."""


def explain(axioms: Axioms, sub: str, above: str) -> tuple[Axiom, ...]:
    """A justification of `sub` being an `above` (IRIs of named classes), those axioms first that are nearest to `sub`.

    It follows from the axioms returned, and from none of their proper subsets that are themselves in the profile;
    there may be other justifications. `above` may be `owl:Nothing`, for why `sub` can have no member; `sub` may then
    be `owl:Thing`, for why the ontology contradicts itself. Empty where it holds of any class.

    Raises `DoesNotFollowError`, and `OutsideProfileError` when an axiom is not covered.
    """
    if axioms.outside:
        raise OutsideProfileError(axioms.outside)
    kept = module(asserted(axioms), sub)
    if not follows(together(kept), sub, above):
        raise DoesNotFollowError(f"{sub} being a {above} does not follow from the axioms")
    for axiom in reversed(kept):
        fewer = [other for other in kept if other is not axiom]
        if _still_follows(fewer, sub, above):
            kept = fewer
    return tuple(kept)


def _still_follows(axioms: list[Axiom], sub: str, above: str) -> bool:
    try:
        return follows(together(axioms), sub, above)
    except OutsideProfileError:  # a range that a chain relies on was left out: both or neither can be judged
        return False


def asserted(axioms: Axioms) -> list[Axiom]:
    """The axioms one by one, each once."""
    each: list[Axiom] = [SubClassOf(sub, above) for sub, above in axioms.subclasses]
    each += [EquivalentTo(one, other) for one, other in axioms.equivalent]
    each += [DisjointWith(one, other) for one, other in axioms.disjoint]
    each += [SubPropertyOf(chain, role) for chain, role in axioms.chains]
    each += [Reflexive(role) for role in sorted(axioms.reflexive)]
    each += [Domain(role, above) for role, above in axioms.domains]
    each += [Range(role, above) for role, above in axioms.ranges]
    return list(dict.fromkeys(each))


def together(each: Iterable[Axiom]) -> Axioms:
    """The opposite of `asserted`: the axioms as a classifier takes them, with the names they use."""
    axioms = Axioms()
    for axiom in each:
        match axiom:
            case SubClassOf(sub, above):
                axioms.subclasses.append((sub, above))
            case EquivalentTo(one, other):
                axioms.equivalent.append((one, other))
            case DisjointWith(one, other):
                axioms.disjoint.append((one, other))
            case SubPropertyOf(chain, role):
                axioms.chains.append((chain, role))
            case Reflexive(role):
                axioms.reflexive.add(role)
            case Domain(role, above):
                axioms.domains.append((role, above))
            case Range(role, above):
                axioms.ranges.append((role, above))
        used = names(axiom)
        axioms.classes |= used.classes - {THING, NOTHING}
        axioms.roles |= used.roles
    return axioms


def module(each: Iterable[Axiom], sub: str) -> list[Axiom]:
    """The axioms that can have to do with what is above `sub`, in rounds away from it: its ⊥-locality module."""
    reached = Names(classes={sub})
    found: list[Axiom] = []
    pending = list(each)
    while added := [axiom for axiom in pending if not _is_local(axiom, reached)]:
        found += added
        pending = [axiom for axiom in pending if _is_local(axiom, reached)]
        for axiom in added:
            reached |= names(axiom)
    return found


@dataclass(slots=True)
class Names:
    """The classes and properties that an axiom or expression speaks of."""

    classes: set[str] = field(default_factory=set)
    roles: set[str] = field(default_factory=set)

    def __or__(self, other: "Names") -> "Names":
        return Names(self.classes | other.classes, self.roles | other.roles)


def names(axiom: Axiom) -> Names:
    """The names that an axiom uses."""
    match axiom:
        case SubPropertyOf(chain, role):
            return Names(roles={*chain, role})
        case Reflexive(role):
            return Names(roles={role})
        case Domain(role, above) | Range(role, above):
            return _used(above) | Names(roles={role})
        case SubClassOf(one, other) | EquivalentTo(one, other) | DisjointWith(one, other):
            return _used(one) | _used(other)


def _used(expression: Expression) -> Names:
    match expression:
        case str():
            return Names(classes={expression})
        case And(operands):
            return functools.reduce(operator.or_, map(_used, operands), Names())
        case _:
            return _used(expression.filler) | Names(roles={expression.role})


def _is_local(axiom: Axiom, reached: Names) -> bool:
    """Whether the axiom holds already when every name that was not reached is taken to have no member."""

    def empty(expression: Expression) -> bool:
        match expression:
            case str():
                return expression == NOTHING or (expression != THING and expression not in reached.classes)
            case And(operands):
                return any(map(empty, operands))
            case _:
                return expression.role not in reached.roles or empty(expression.filler)

    match axiom:
        case SubClassOf(sub, above):
            return empty(sub) or above == THING
        case EquivalentTo(one, other):
            return one == other or (empty(one) and empty(other))
        case DisjointWith(one, other):
            return empty(one) or empty(other)
        case SubPropertyOf(chain, _):
            return not reached.roles.issuperset(chain)
        case Reflexive(_):
            return False
        case Domain(role, above) | Range(role, above):
            return role not in reached.roles or above == THING
