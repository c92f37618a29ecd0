"""Classification in OWL 2 EL by completion.

The rules are those of F. Baader, S. Brandt, C. Lutz, "Pushing the EL Envelope" (IJCAI 2005), with reflexive roles,
domains and ranges as in "Pushing the EL Envelope Further" (OWLED 2008); polynomial in the number of axioms.
"""

from collections import defaultdict
from dataclasses import dataclass

from kg.reasoning.axioms import NOTHING, THING, And, Axioms, Expression, OutsideProfileError, Some


@dataclass(frozen=True, slots=True)
class Classification:
    """What follows for the named classes.

    `subsumptions` holds every (sub, super) pair of different, satisfiable classes, `owl:Thing` left out; equivalent
    classes appear in both directions. An inconsistent ontology makes every class unsatisfiable.
    """

    consistent: bool
    unsatisfiable: frozenset[str]
    subsumptions: frozenset[tuple[str, str]]


def classify(axioms: Axioms) -> Classification:
    """The class hierarchy that follows from the axioms, sound and complete for the profile.

    Raises `OutsideProfileError` when an axiom is not covered, rather than answering without it.
    """
    if axioms.outside:
        raise OutsideProfileError(axioms.outside)
    normal = _NormalForm(axioms)
    subsumers = _saturate(normal)
    consistent = NOTHING not in subsumers[THING]
    unsatisfiable = {name for name in axioms.classes if not consistent or NOTHING in subsumers[name]}
    named = axioms.classes - unsatisfiable
    pairs = {(name, above) for name in named for above in subsumers[name] if above in named and above != name}
    return Classification(consistent, frozenset(unsatisfiable), frozenset(pairs))


def follows(axioms: Axioms, sub: str, above: str) -> bool:
    """Whether the axioms entail that every `sub` is an `above`, both IRIs of named classes.

    `above` may be `owl:Nothing` (can `sub` have no member?) and `sub` may be `owl:Thing`. Raises `OutsideProfileError`.
    """
    if axioms.outside:
        raise OutsideProfileError(axioms.outside)
    subsumers = _saturate(_NormalForm(axioms), sub)
    return above in subsumers[sub] or NOTHING in subsumers[sub] | subsumers[THING]


class _NormalForm:
    """The axioms with nested expressions replaced by fresh names, indexed as the rules look them up."""

    def __init__(self, axioms: Axioms) -> None:
        self.told: dict[str, set[str]] = defaultdict(set)  # A ⊑ B
        self.joined: dict[str, set[tuple[str, str]]] = defaultdict(set)  # A ⊓ B ⊑ C, at A: (B, C)
        self.leads: dict[str, set[tuple[str, str]]] = defaultdict(set)  # A ⊑ ∃r.B
        self.backed: dict[str, set[tuple[str, str]]] = defaultdict(set)  # ∃r.A ⊑ B, at A: (r, B)
        self.wider: dict[str, set[str]] = defaultdict(set)  # r ⊑ s, closed
        self.composed: dict[str, set[tuple[str, str]]] = defaultdict(set)  # r ∘ s ⊑ t, at r: (s, t)
        self.composed_after: dict[str, set[tuple[str, str]]] = defaultdict(set)  # the same, at s: (r, t)
        self._fresh = 0
        self._below: dict[Expression, str] = {}
        self._above: dict[Expression, str] = {}
        self._filled: dict[tuple[str, str], str] = {}
        self._ranges: dict[str, set[Expression]] = defaultdict(set)

        self._add_roles(axioms)
        for role, filler in axioms.domains:
            self._add(Some(role, THING), filler)
        for sub, above in axioms.subclasses:
            self._add(sub, above)
        for one, other in axioms.equivalent:
            self._add(one, other)
            self._add(other, one)
        for one, other in axioms.disjoint:
            self._add(And(frozenset((one, other))), NOTHING) if one != other else self._add(one, NOTHING)
        self.names = axioms.classes | {THING}

    def _add_roles(self, axioms: Axioms) -> None:
        for role in axioms.roles:
            self.wider[role].add(role)
        for chain, role in axioms.chains:
            if len(chain) == 1:
                self.wider[chain[0]].add(role)
            else:
                self._add_chain(chain, role)
        for middle in list(self.wider):
            for narrow in list(self.wider):
                if middle in self.wider[narrow]:
                    self.wider[narrow] |= self.wider[middle]
        self.reflexive = {wide for role in axioms.reflexive for wide in self.wider[role]}
        self._add_ranges(axioms)

    def _add_ranges(self, axioms: Axioms) -> None:
        for role, filler in axioms.ranges:
            for narrow in self.wider:
                if role in self.wider[narrow]:
                    self._ranges[narrow].add(filler)
        unsafe = [
            f"the range of {role} does not hold for {chain[-1]}, the last link of its chain"
            for chain, role in axioms.chains
            if len(chain) > 1 and not self._ranges[role] <= self._ranges[chain[-1]]
        ]
        if unsafe:
            raise OutsideProfileError(unsafe)
        for role in self.reflexive:
            for filler in self._ranges[role]:
                self._add(THING, filler)

    def _add_chain(self, chain: tuple[str, ...], role: str) -> None:
        first, *rest = chain
        for position, link in enumerate(rest, start=1):
            result = role if position == len(rest) else self._name()
            self.wider[result].add(result)
            self.composed[first].add((link, result))
            self.composed_after[link].add((first, result))
            first = result

    def _add(self, sub: Expression, above: Expression) -> None:
        self._tell(self._name_below(sub), above)

    def _tell(self, name: str, above: Expression) -> None:
        if isinstance(above, str):
            self.told[name].add(above)
        elif isinstance(above, And):
            for operand in above.operands:
                self._tell(name, operand)
        else:
            self.leads[name].add((above.role, self._fill(above.role, self._name_above(above.filler))))

    def _fill(self, role: str, filler: str) -> str:
        """The filler, narrowed by the role's ranges."""
        if not self._ranges[role]:
            return filler
        if (role, filler) not in self._filled:
            narrowed = self._filled[role, filler] = self._name()
            self._tell(narrowed, filler)
            for bound in self._ranges[role]:
                self._tell(narrowed, bound)
        return self._filled[role, filler]

    def _name_below(self, expression: Expression) -> str:
        """A name that holds wherever the expression does."""
        if isinstance(expression, str):
            return expression
        if expression in self._below:
            return self._below[expression]
        if isinstance(expression, Some):
            name = self._name()
            self.backed[self._name_below(expression.filler)].add((expression.role, name))
        else:
            name = THING
            for operand in sorted(map(self._name_below, expression.operands)):
                name = operand if name == THING else self._join(name, operand)
        self._below[expression] = name
        return name

    def _join(self, one: str, other: str) -> str:
        name = self._name()
        self.joined[one].add((other, name))
        self.joined[other].add((one, name))
        return name

    def _name_above(self, expression: Expression) -> str:
        """A name that holds only where the expression does."""
        if isinstance(expression, str):
            return expression
        if expression not in self._above:
            name = self._above[expression] = self._name()
            self._tell(name, expression)
        return self._above[expression]

    def _name(self) -> str:
        self._fresh += 1
        return f"_:{self._fresh}"


def _saturate(normal: _NormalForm, *names: str) -> dict[str, set[str]]:
    """Apply the completion rules until nothing new follows: for each name, all the names above it.

    With `names` only for these, owl:Thing, and what they lead to.
    """
    subsumers: dict[str, set[str]] = {}
    successors: dict[str, dict[str, set[str]]] = {}
    predecessors: dict[str, dict[str, set[str]]] = {}
    agenda: list[tuple[str, str | None, str]] = []  # (x, None, a): x ⊑ a;  (x, r, y): x ⊑ ∃r.y

    def open_context(name: str) -> None:
        if name not in subsumers:
            subsumers[name], successors[name], predecessors[name] = set(), defaultdict(set), defaultdict(set)
            agenda.extend([(name, None, name), (name, None, THING)])
            agenda.extend((name, role, name) for role in normal.reflexive)

    def add_subsumer(name: str, above: str) -> None:
        if above in subsumers[name]:
            return
        subsumers[name].add(above)
        agenda.extend((name, None, wider) for wider in normal.told[above])
        agenda.extend((name, None, both) for other, both in normal.joined[above] if other in subsumers[name])
        agenda.extend((name, role, filler) for role, filler in normal.leads[above])
        for role, result in normal.backed[above]:
            agenda.extend((before, None, result) for before in predecessors[name][role])
        if above == NOTHING:
            agenda.extend((before, None, NOTHING) for befores in predecessors[name].values() for before in befores)

    def add_link(name: str, role: str, filler: str) -> None:
        open_context(filler)
        if filler in successors[name][role]:
            return
        successors[name][role].add(filler)
        predecessors[filler][role].add(name)
        agenda.extend((name, wider, filler) for wider in normal.wider[role])
        for above in subsumers[filler]:
            agenda.extend((name, None, result) for back, result in normal.backed[above] if back == role)
        if NOTHING in subsumers[filler]:
            agenda.append((name, None, NOTHING))
        for link, whole in normal.composed[role]:
            agenda.extend((name, whole, far) for far in successors[filler][link])
        for link, whole in normal.composed_after[role]:
            agenda.extend((before, whole, filler) for before in predecessors[name][link])

    for name in {*names, THING} if names else normal.names:
        open_context(name)
    while agenda:
        name, role, other = agenda.pop()
        if role is None:
            add_subsumer(name, other)
        else:
            add_link(name, role, other)
    return subsumers
