"""What a classification adds to the hierarchy that is written down."""

from collections import defaultdict

from kg.reasoning.axioms import And, Axioms
from kg.reasoning.el import Classification


def inferred(axioms: Axioms, classification: Classification) -> list[tuple[str, str]]:
    """The (sub, super) pairs that follow but are not written down, sorted; without those that others make plain.

    Written down is what `SubClassOf` axioms between named classes lead to, and what a definition names. Made plain is
    a pair with a class between the two, as a reasoned tree shows a class only below the nearest ones.
    """
    told = _closed_assertions(axioms)
    above: dict[str, set[str]] = defaultdict(set)
    for sub, wide in classification.subsumptions:
        above[sub].add(wide)
    strictly = {sub: {wide for wide in wides if sub not in above.get(wide, ())} for sub, wides in above.items()}
    found = []
    for sub, wides in above.items():
        between = strictly[sub]
        plain = {wide for middle in between for wide in strictly.get(middle, ())}
        found += [(sub, wide) for wide in wides - plain if wide not in told.get(sub, ())]
    return sorted(found)


def _closed_assertions(axioms: Axioms) -> dict[str, set[str]]:
    told: dict[str, set[str]] = defaultdict(set)
    for sub, wide in axioms.subclasses:
        if isinstance(sub, str):
            told[sub] |= _named(wide)
    for one, other in axioms.equivalent:
        for sub, wide in ((one, other), (other, one)):
            if isinstance(sub, str):
                told[sub] |= _named(wide)
    closed: dict[str, set[str]] = defaultdict(set)
    for sub in list(told):
        pending = list(told[sub])
        while pending:
            wide = pending.pop()
            if wide not in closed[sub]:
                closed[sub].add(wide)
                pending += told.get(wide, ())
    return closed


def _named(expression: object) -> set[str]:
    if isinstance(expression, str):
        return {expression}
    if isinstance(expression, And):
        return {name for operand in expression.operands for name in _named(operand)}
    return set()
