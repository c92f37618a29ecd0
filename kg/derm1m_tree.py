"""Derm1M's released tree of names beside the ontology: each name's term, and where the two file it.

The tree is read from the data set's own `ontology.json`; none of it is kept here. `derm1m-vocabulary.tsv` says which
term each of its names stands for, or why none.
"""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kg.errors import InputError
from kg.resources import ontology_folder

if TYPE_CHECKING:
    import pyarrow as pa

    from kg.ontology import Ontology, Term

Tree = Mapping[str, list[str]]
"""Names below each name; what is below `root` is the top."""


def read_tree(path: Path) -> Tree:
    """The tree of an `ontology.json`. Raises `InputError` when it is no such file, or a name is below itself."""
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path}: no JSON: {error}") from error
    if not (isinstance(tree, dict) and isinstance(tree.get("root"), list)):
        raise InputError(f"{path}: expected an object of lists of names with the key 'root', as Derm1M releases it")
    for name, below in tree.items():
        if not (isinstance(below, list) and all(isinstance(one, str) for one in below)):
            raise InputError(f"{path}: below {name!r} there is no list of names")
    return tree


def compare(ontology: "Ontology", tree: Tree) -> "pa.Table":
    """One row for each name of the tree and term that it stands for, in the order of the tree.

    Columns: `name`, `their_path` (several joined by ` | `, for a name that stands in several places), `term`, `label`
    and `match` (as in derm1m-vocabulary.tsv), `our_path`, and `verdict`: *agrees*; *differs: not below X*, where a
    heading of theirs has a term that is not above the name's here; *not compared*, with why; *no term*, with why; or
    *unknown name*.
    """
    import pyarrow as pa

    vocabulary = _vocabulary()
    paths = _paths(tree)
    rows = []
    for name, ways in paths.items():
        for row in vocabulary.get(name, [{}]):
            term = ontology.term(row["term"]) if row.get("term") else None
            rows.append(
                {
                    "name": name,
                    "their_path": " | ".join(" › ".join(way) for way in ways),
                    "term": term.curie if term else None,
                    "label": term.label if term else None,
                    "match": row.get("match") or None,
                    "our_path": " › ".join(step.label for step in ontology.path(term)) if term else None,
                    "verdict": _verdict(ontology, ways, term, row, vocabulary),
                }
            )
    columns = ("name", "their_path", "term", "label", "match", "our_path", "verdict")
    return pa.Table.from_pylist(rows, pa.schema([(column, pa.string()) for column in columns]))


def _vocabulary() -> dict[str, list[dict[str, str]]]:
    rows: dict[str, list[dict[str, str]]] = {}
    with (ontology_folder() / "derm1m-vocabulary.tsv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["list"] == "tree":
                rows.setdefault(row["name"], []).append(row)
    return rows


def _paths(tree: Tree) -> dict[str, list[tuple[str, ...]]]:
    """Every way from the top to each name, the name last."""
    paths: dict[str, list[tuple[str, ...]]] = {}
    pending: list[tuple[str, ...]] = [(name,) for name in reversed(tree["root"])]
    while pending:
        way = pending.pop()
        paths.setdefault(way[-1], []).append(way)
        for below in reversed(tree.get(way[-1], [])):
            if below in way:
                raise InputError(f"{below!r} is below itself: {' › '.join((*way, below))}")
            pending.append((*way, below))
    return paths


def _verdict(
    ontology: "Ontology",
    ways: list[tuple[str, ...]],
    term: "Term | None",
    row: dict[str, str],
    vocabulary: dict[str, list[dict[str, str]]],
) -> str:
    if not row:
        return "unknown name"
    if term is None:
        return f"no term: {row['reason']}"
    if row["match"] not in ("exact", "several"):
        return f"not compared: matched to a {row['match']}"
    above = {term, *ontology.ancestors(term), *ontology.inferred_ancestors(term)}
    headings = dict.fromkeys(step for way in ways for step in way[:-1])
    missing = [
        heading
        for heading in headings
        for counterpart in vocabulary.get(heading, [])
        if counterpart["match"] in ("exact", "broader term") and ontology.term(counterpart["term"]) not in above
    ]
    return f"differs: not below {', '.join(missing)}" if missing else "agrees"
