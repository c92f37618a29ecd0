"""Making the checks, and what they find as a report."""

import functools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg.errors import InputError
from kg.quality.lines import Lines
from kg.quality.profile import Check, Severity, read_profile
from kg.rdfio import PREFIXES, compact, read
from kg.resources import ontology_folder

if TYPE_CHECKING:
    import pyarrow as pa

_COLUMNS = ("entity", "property", "value")
_LABEL = ox.NamedNode(PREFIXES["rdfs"] + "label")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that a check found.

    IRIs are CURIEs; a text ends in its language (`spot@en`) or datatype, as in ROBOT's reports; a node without a name
    is `blank node`.
    """

    level: Severity
    check: str
    entity: str | None
    property: str | None
    value: str | None
    label: str | None = None  # of the entity
    line: int | None = None  # of the ontology's file, from 1


@dataclass(frozen=True, slots=True)
class Report:
    """What the checks of a profile found in a file: the gravest first, then by check and entity."""

    file: Path
    checks: tuple[Check, ...]
    violations: tuple[Violation, ...]

    def count(self) -> dict[Severity, int]:
        """The number of violations of each severity, the gravest first."""
        found = Counter(violation.level for violation in self.violations)
        return {level: found[level] for level in sorted(Severity, reverse=True)}

    def at_least(self, severity: Severity) -> tuple[Violation, ...]:
        """The violations that are as grave or graver."""
        return tuple(violation for violation in self.violations if violation.level >= severity)

    def table(self) -> "pa.Table":
        """One row a violation: level, check, entity, property, value and label as text, line as a number."""
        import pyarrow as pa

        names = ("level", "check", *_COLUMNS, "label")
        columns = {name: [getattr(violation, name) for violation in self.violations] for name in names}
        columns["level"] = [violation.level.name for violation in self.violations]
        table = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
        lines = pa.array([violation.line for violation in self.violations], pa.int64())
        return table.append_column("line", lines)


def check(ontology_file: Path | None = None, profile: Path | None = None) -> Report:
    """Make the checks of a profile (by default all) on an ontology's file (by default the one of the package).

    Raises `InputError` when the file or the profile cannot be read; nothing that a check finds raises.
    """
    file = ontology_file if ontology_file is not None else ontology_folder() / "derm1m.owl"
    checks = read_profile(profile)
    document = read(file)
    return Report(file, checks, examine(document.quads, checks, document.prefixes, Lines(file, document.prefixes)))


def examine(
    quads: Iterable[ox.Quad],
    checks: Sequence[Check],
    prefixes: dict[str, str] | None = None,
    lines: Lines | None = None,
) -> tuple[Violation, ...]:
    """What the checks find in these statements, in the order of a report.

    `prefixes` are those of the file, for CURIEs. Raises `InputError` naming the check whose query is broken.
    """
    store = ox.Store()
    store.extend(quads)
    found: set[Violation] = set()
    for made in checks:
        for nodes in _answers(store, made):
            entity, property_, value = (_said(node, prefixes) for node in nodes)
            line = lines.find(*(getattr(node, "value", None) for node in nodes)) if lines else None
            found.add(Violation(made.severity, made.name, entity, property_, value, _label(store, nodes[0]), line))
    return tuple(sorted(found, key=_order))


def _order(violation: Violation) -> tuple[int, str, str, str, str]:
    entity, property_, value = (getattr(violation, name) or "" for name in _COLUMNS)
    return -violation.level, violation.check, entity, property_, value


def _answers(store: ox.Store, made: Check) -> set[tuple[object, ...]]:
    try:
        solutions = store.query(made.query, custom_functions=_FUNCTIONS)
        if not isinstance(solutions, ox.QuerySolutions):
            raise ValueError("it is no SELECT")
        if {variable.value for variable in solutions.variables} != set(_COLUMNS):
            raise ValueError("it asks for other variables")
        return {tuple(solution[name] for name in _COLUMNS) for solution in solutions}
    except (SyntaxError, ValueError) as error:
        raise InputError(
            f"the query of the check {made.name} cannot be answered ({error}); "
            "it must be a SPARQL SELECT of ?entity ?property ?value"
        ) from error


def _label(store: ox.Store, node: object) -> str | None:
    if not isinstance(node, ox.NamedNode):
        return None
    labels = [
        quad.object for quad in store.quads_for_pattern(node, _LABEL, None) if isinstance(quad.object, ox.Literal)
    ]
    return next(
        (text.value for text in sorted(labels, key=lambda text: (text.language not in ("en", None), str(text)))), None
    )


def _said(node: object, prefixes: dict[str, str] | None) -> str | None:
    if node is None:
        return None
    if isinstance(node, ox.NamedNode):
        return compact(node.value, prefixes)
    if not isinstance(node, ox.Literal):
        return "blank node"
    if node.language:
        return f"{node.value}@{node.language}"
    plain = node.datatype.value == PREFIXES["xsd"] + "string"
    return str(node.value) if plain else f"{node.value}^^{compact(node.datatype.value)}"


def _overlap(one: object, its_name: object, other: object, that_name: object) -> ox.Literal | None:
    """The share of common words of two texts (Jaccard 1901), each without the words of the name after it."""
    texts = [node.value for node in (one, its_name, other, that_name) if isinstance(node, ox.Literal)]
    if len(texts) < 4:
        return None
    ours, theirs = _words(texts[0], texts[1]), _words(texts[2], texts[3])
    together = ours | theirs
    return ox.Literal(len(ours & theirs) / len(together) if together else 1.0)


@functools.lru_cache(maxsize=65536)
def _words(text: str, name: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold())) - frozenset(_WORD.findall(name.casefold()))


_FUNCTIONS: dict[ox.NamedNode, Callable[..., ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None]] = {
    ox.NamedNode("https://w3id.org/derm1m/function#overlap"): _overlap
}
"""Functions that the queries may call beside SPARQL's own."""
