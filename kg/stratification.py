"""Splits in which every class has its share of images, decided once and kept in a file.

Groups are allotted by iterative stratification (Sechidis, Tsoumakas and Vlahavas 2011): the class with the fewest
images left comes first, and each of its groups goes to the split that lacks most of that class.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kg.classes import check_class, classify
from kg.errors import InputError
from kg.facets import Codes
from kg.image_facts import ImageFacts, Lists, TermCodes, gather_lists
from kg.selection import Selection
from kg.split_file import SplitFile, read_split_file, write_split_file
from kg.splits import SHARES, SPLITS, assign, check_shares, draw_numbers

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph
    from kg.ontology import Term

Weights = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SplitReport:
    """What a split file holds after it was extended, and how near the shares of each class came."""

    path: Path
    by: str | None
    known: int  # groups that were in the file
    new: int
    classes: dict[str, dict[str, int]]  # images by split, the most frequent class first

    def as_dict(self) -> dict[str, Any]:
        """The report as plain values."""
        return {**asdict(self), "path": str(self.path)}

    def as_text(self) -> str:
        """The report in a few lines."""
        lines = [f"{self.path}: {self.new:,} groups added to {self.known:,}"]
        total = {split: sum(images[split] for images in self.classes.values()) for split in SPLITS}
        for name, images in [*list(self.classes.items())[:5], ("all of these", total)] if self.classes else []:
            said = ", ".join(f"{images[split] / max(1, sum(images.values())):.1%} {split}" for split in SPLITS)
            lines.append(f"  {name}: {sum(images.values()):,} images, {said}")
        return "\n".join(lines)


def extend_split_file(
    graph: "KnowledgeGraph",
    path: Path,
    *,
    by: str | None = None,
    seed: int = 0,
    shares: tuple[float, ...] = SHARES,
) -> SplitReport:
    """Give every group of the graph a split in the file at `path`, which is made where it is absent.

    A group that is in the file keeps its split. New ones are allotted so that each class (`by`, of
    `kg.classes.class_names`) comes near its shares, those that are in the file counted in; without `by` by the hash of
    seed and group. The seed, shares and `by` of a file that is there hold. Raises `InputError` where `by` differs.
    """
    check_shares(shares)
    old = read_split_file(path) if path.exists() else SplitFile(_texts(), _texts(), seed, shares, by)
    if by and old.by != by:
        raise InputError(f"{path} was made by {old.by or 'the hash alone'}, not by {by}: name another file")
    groups, classes = _read_groups(graph, old.by)
    encoded = groups.dictionary_encode()
    of_image = encoded.indices.to_numpy().astype(np.int64)
    keys = encoded.dictionary
    known = old.splits.take(pc.index_in(keys, value_set=old.groups))
    said = pc.fill_null(pc.index_in(known, value_set=pa.array(SPLITS)), -1).to_numpy().astype(np.int64)
    terms = graph.ontology.terms()
    if old.by:
        by_group = gather_lists(of_image[classes.rows], classes.codes, len(terms), len(said))
        weights = np.bincount(of_image, minlength=len(said)).astype(np.float64)
        splits = stratify(by_group, weights, draw_numbers(old.seed, keys.to_pylist()), old.shares, said)
    else:
        drawn = assign(keys, old.seed, old.shares).indices.to_numpy()
        splits = np.where(said >= 0, said, drawn)
    new = np.flatnonzero(said < 0)
    added = keys.take(pa.array(new))
    order = pc.array_sort_indices(added)
    extended = SplitFile(
        pa.concat_arrays([old.groups, added.take(order)]),
        pa.concat_arrays([old.splits, pa.array(SPLITS).take(pa.array(splits[new])).take(order)]),
        old.seed,
        old.shares,
        old.by,
    )
    if len(new) or not path.exists():
        write_split_file(path, extended)
    return SplitReport(path, old.by, len(old.groups), len(new), _count_classes(classes, terms, splits[of_image]))


def stratify(
    classes: Lists, weights: Weights, draws: Weights, shares: tuple[float, ...], fixed: Codes | None = None
) -> Codes:
    """The split (a place in `shares`) of each group.

    `classes` are the codes of each group's classes, `weights` how much each group counts, `draws` the order among
    equals; `fixed` are splits that are decided already, -1 where they are not.
    """
    splits = np.full(len(weights), -1) if fixed is None else fixed.copy()
    present, codes = np.unique(classes.codes, return_inverse=True)
    none = len(present)  # the class of groups without one
    labels = [codes[start:stop].tolist() or [none] for start, stop in _bounds(classes)]
    lacking = np.zeros((none + 1, len(shares)))
    left = np.zeros(none + 1)
    for group, own in enumerate(labels):
        for label in own:
            lacking[label] += np.multiply(weights[group], shares)
            if splits[group] >= 0:
                lacking[label, splits[group]] -= weights[group]
            else:
                left[label] += weights[group]
    members: list[list[int]] = [[] for _ in range(none + 1)]
    for group in np.lexsort((draws, -weights)).tolist():
        if splits[group] < 0:
            for label in labels[group]:
                members[label].append(group)
    missing = lacking.tolist()
    while left.any():
        rarest = int(np.argmin(np.where(left > 0, left, np.inf)))
        for group in members[rarest]:
            if splits[group] >= 0:
                continue
            split = _neediest(missing, rarest, labels[group])
            splits[group] = split
            for label in labels[group]:
                missing[label][split] -= weights[group]
                left[label] -= weights[group]
        left[rarest] = 0
    return splits


def _neediest(missing: list[list[float]], label: int, labels: list[int]) -> int:
    """The split that lacks most of a class, among equals most of all the group's classes, the first of those."""
    lacking = [(need, sum(missing[other][split] for other in labels)) for split, need in enumerate(missing[label])]
    return lacking.index(max(lacking))


def _bounds(lists: Lists) -> "zip[tuple[int, int]]":
    return zip(lists.offsets[:-1].tolist(), lists.offsets[1:].tolist(), strict=True)


def _read_groups(graph: "KnowledgeGraph", by: str | None) -> tuple[pa.Array, Lists]:
    """The group of each image of the graph, and its classes; no classes without `by`."""
    if by:
        check_class(by, graph.ontology)
    terms = TermCodes(graph.ontology)
    groups, lengths, codes = [pa.array([], pa.string())], [np.zeros(1, np.int64)], [np.empty(0, np.int64)]
    for found in Selection().find(graph):
        groups += found.images["group"].chunks
        images = found.images["image"]
        classes = classify(ImageFacts(found.facts, images, terms), by) if by else None
        lengths.append(classes.lengths if classes else np.zeros(len(images), np.int64))
        codes.append(classes.codes if classes else np.empty(0, np.int64))
    return pa.concat_arrays(groups), Lists(np.cumsum(np.concatenate(lengths)), np.concatenate(codes))


def _count_classes(classes: Lists, terms: "list[Term]", splits: Codes) -> dict[str, dict[str, int]]:
    counts = np.zeros((len(terms), len(SPLITS)), np.int64)
    np.add.at(counts, (classes.codes, splits[classes.rows]), 1)
    order = np.argsort(-counts.sum(axis=1), kind="stable")
    return {
        terms[code].label: dict(zip(SPLITS, counts[code].tolist(), strict=True))
        for code in order.tolist()
        if counts[code].any()
    }


def _texts() -> pa.Array:
    return pa.array([], pa.string())
