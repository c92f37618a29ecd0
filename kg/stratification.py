"""Splits in which every class has its share of images, decided once and kept in a file.

Groups are allotted by iterative stratification (Sechidis, Tsoumakas and Vlahavas 2011): the class with the fewest
images left comes first, its largest groups before the others. A group counts for a class with its images of that class
alone. Among splits that the group would not overfill by a whole image, all images decide, so that many small classes
together keep the shares too.
"""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kg.classes import check_class, classify
from kg.errors import InputError
from kg.facets import Codes
from kg.groups import Groups
from kg.image_facts import ImageFacts, Lists, Mask, TermCodes, gather_lists
from kg.selection import Selection
from kg.split_file import SplitFile, read_split_file, write_split_file
from kg.splits import SHARES, SPLITS, assign, check_shares, draw_numbers
from kg.wording import counted

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph
    from kg.ontology import Term

Weights = npt.NDArray[np.float64]

_ROUNDING = 1e-6  # of sums of shares


@dataclass(frozen=True)
class SplitReport:
    """What a split file holds after it was extended, and how near the shares of each class came."""

    path: Path
    by: str | None
    known: int  # groups that were in the file
    new: int
    moved: int  # groups of the file that turned out to be one with another, of another split
    classes: dict[str, dict[str, int]]  # images by split, the most frequent class first
    seed: int  # of the file
    shares: tuple[float, ...]

    def as_dict(self) -> dict[str, Any]:
        """The report as plain values."""
        return {**asdict(self), "path": str(self.path)}

    def as_text(self) -> str:
        """The report in a few lines."""
        by = f" by {self.by}" if self.by else ""
        lines = [
            f"{self.path}: {counted(self.new, 'group')} added to {self.known:,}; seed {self.seed}, "
            f"shares {_say(self.shares)}{by}"
        ]
        if self.moved:
            lines.append(f"  {self.moved:,} of them join groups that had different splits: train, else val, for all")
        total = {split: sum(images[split] for images in self.classes.values()) for split in SPLITS}
        for name, images in [*list(self.classes.items())[:5], ("all of these", total)] if self.classes else []:
            said = ", ".join(f"{images[split] / max(1, sum(images.values())):.1%} {split}" for split in SPLITS)
            lines.append(f"  {name}: {counted(sum(images.values()), 'image')}, {said}")
        return "\n".join(lines)


def extend_split_file(
    graph: "KnowledgeGraph",
    path: Path,
    *,
    by: str | None = None,
    seed: int = 0,
    shares: tuple[float, ...] | None = None,
) -> SplitReport:
    """Give every group of the graph a split in the file at `path`, which is made where it is absent.

    A group that is in the file keeps its split, but where groups of several splits turn out to be one. New ones are
    allotted so that each class (`by`, of `kg.classes.class_names`) comes near its shares, those that are in the file
    counted in; without `by` by the hash of seed and group. The seed, shares and `by` of a file that is there hold.
    Raises `InputError` where `by` or `shares` are given and differ.
    """
    check_shares(shares or SHARES)
    old = read_split_file(path) if path.exists() else SplitFile(_texts(), _texts(), seed, shares or SHARES, by)
    if by and old.by != by:
        raise InputError(f"{path} was made by {old.by or 'the hash alone'}, not by {by}: name another file")
    if shares and _say(old.shares) != _say(shares):  # as the file has them
        raise InputError(f"{path} was made with the shares {_say(old.shares)}, not {_say(shares)}: name another file")
    groups, earlier, classes = _read_groups(graph, old)
    encoded = groups.dictionary_encode()
    of_image = encoded.indices.to_numpy().astype(np.int64)
    keys = encoded.dictionary
    written = _codes(old.look_up(keys))
    said, several = _settle(of_image, earlier, len(keys))
    terms = graph.ontology.terms()
    if old.by:
        group = of_image[classes.rows]
        by_group = gather_lists(group, classes.codes, len(terms), len(said))
        images = np.unique(group * len(terms) + classes.codes, return_counts=True)[1]  # in the order of `by_group`
        sizes = np.bincount(of_image, minlength=len(said))
        draws = draw_numbers(old.seed, keys.to_pylist())
        splits = stratify(by_group, images, sizes, draws=draws, shares=old.shares, fixed=said)
    else:
        drawn = assign(keys, old.seed, old.shares).indices.to_numpy()
        splits = np.where(said >= 0, said, drawn)
    new = np.flatnonzero(written < 0)
    moved = several & (written != splits)
    if len(new) or moved.any() or not path.exists():
        write_split_file(path, _extend(old, keys, pa.array(SPLITS).take(pa.array(splits)), new))
    by_class = _count_classes(classes, terms, splits[of_image])
    return SplitReport(path, old.by, len(old.groups), len(new), int(moved.sum()), by_class, old.seed, old.shares)


def _say(shares: tuple[float, ...]) -> str:
    return ", ".join(f"{share:g}" for share in shares)


def _extend(old: SplitFile, groups: pa.Array, splits: pa.Array, new: Codes) -> SplitFile:
    """The file with the splits of these groups, the `new` ones behind the others in the order of their names."""
    held = pc.coalesce(splits.take(pc.index_in(old.groups, value_set=groups)), old.splits)
    added = pa.array(new).take(pc.array_sort_indices(groups.take(pa.array(new))))
    return replace(
        old,
        groups=pa.concat_arrays([old.groups, groups.take(added)]),
        splits=pa.concat_arrays([held, splits.take(added)]),
    )


def stratify(
    classes: Lists,
    images: Codes,
    sizes: Codes,
    *,
    draws: Weights,
    shares: tuple[float, ...],
    fixed: Codes | None = None,
) -> Codes:
    """The split (a place in `shares`) of each group.

    `classes` are the codes of each group's classes, `images` how many of its images are of each of them, `sizes` how
    many it has; `draws` are the order among equals; `fixed` are splits that are decided already, -1 where they are not.
    """
    splits = np.full(len(sizes), -1) if fixed is None else fixed.copy()
    present, codes = np.unique(classes.codes, return_inverse=True)
    none = len(present)  # the class of groups without one
    counts = _count_labels(Lists(classes.offsets, codes), images, sizes, none)
    missing = np.zeros((none + 2, len(shares)))  # what each split lacks of each class, and of all images in the end
    members: list[list[tuple[int, float, int]]] = [[] for _ in range(none + 1)]
    for group, own in enumerate(counts):
        for label, count in own:
            missing[label] += np.multiply(count, shares)
            if splits[group] >= 0:
                missing[label, splits[group]] -= count
            elif label <= none:
                members[label].append((-count, draws[group], group))
    lacking: list[list[float]] = missing.tolist()
    wanted: list[float] = np.multiply(sizes.sum(), shares).tolist()
    left = np.array([-sum(count for count, _, _ in groups) for groups in members])
    while left.any():
        rarest = int(np.argmin(np.where(left > 0, left, np.inf)))
        for count, _, group in sorted(members[rarest]):
            if splits[group] >= 0:
                continue
            split = _choose(lacking, wanted, rarest, -count)
            splits[group] = split
            for label, images_of in counts[group]:
                lacking[label][split] -= images_of
                if label <= none:
                    left[label] -= images_of
        left[rarest] = 0
    return splits


def _count_labels(classes: Lists, images: Codes, sizes: Codes, none: int) -> list[list[tuple[int, int]]]:
    """The classes of each group with its images of them, `none` where it has no class, and last all its images."""
    counts = []
    for start, stop, size in zip(
        classes.offsets[:-1].tolist(), classes.offsets[1:].tolist(), sizes.tolist(), strict=True
    ):
        own = list(zip(classes.codes[start:stop].tolist(), images[start:stop].tolist(), strict=True))
        counts.append([*(own or [(none, size)]), (none + 1, size)])
    return counts


def _choose(lacking: list[list[float]], wanted: list[float], label: int, count: int) -> int:
    """The split for so many images of a class: of those that they fill by less than an image too many, the one that
    lacks most of all its images; where they fill none so, the one that lacks most of the class."""
    fitting = [split for split, need in enumerate(lacking[label]) if need > count - 1 + _ROUNDING]
    if not fitting:
        return lacking[label].index(max(lacking[label]))
    return max(fitting, key=lambda split: lacking[-1][split] / wanted[split])


def _read_groups(graph: "KnowledgeGraph", file: SplitFile) -> tuple[pa.Array, list[Codes], Lists]:
    """The group of each image of the graph; the split that the file gives it by each of its names; its classes, none
    where the file has no `by`."""
    if file.by:
        check_class(file.by, graph.ontology)
    terms, known = TermCodes(graph.ontology), Groups.of_graph(graph)
    groups, lengths, codes = [pa.array([], pa.string())], [np.zeros(1, np.int64)], [np.empty(0, np.int64)]
    earlier: list[list[Codes]] = []
    for found in Selection().find(graph):
        names = known.aliases(found.images)
        groups += names[0].chunks
        earlier.append([_codes(file.look_up(each)) for each in names])
        images = found.images["image"]
        classes = classify(ImageFacts(found.facts, images, terms), file.by) if file.by else None
        lengths.append(classes.lengths if classes else np.zeros(len(images), np.int64))
        codes.append(classes.codes if classes else np.empty(0, np.int64))
    lists = Lists(np.cumsum(np.concatenate(lengths)), np.concatenate(codes))
    return pa.concat_arrays(groups), [np.concatenate(each) for each in zip(*earlier, strict=True)], lists


def _settle(of_image: Codes, told: list[Codes], count: int) -> tuple[Codes, Mask]:
    """The split of each of `count` groups by what a file tells of the names of each image's group, -1 where it tells
    nothing; and which groups have several.

    These take train before val before test: what was trained on is not tested.
    """
    has = np.zeros((count, len(SPLITS)), bool)
    for splits in told:
        has[of_image[splits >= 0], splits[splits >= 0]] = True
    return np.where(has.any(axis=1), has.argmax(axis=1), -1), has.sum(axis=1) > 1


def _codes(splits: pa.Array | pa.ChunkedArray) -> Codes:
    """Places in `SPLITS`, -1 for null."""
    places = pc.index_in(splits, value_set=pa.array(SPLITS))
    codes: Codes = np.asarray(pc.fill_null(places, -1)).astype(np.int64)
    return codes


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
