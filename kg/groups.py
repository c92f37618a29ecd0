"""What splits must not divide, over all sources of a graph.

A group is a patient, else a lesion, else a case, else an image. Sources of one namespace publish the same names for the
same things, so that their groups have the namespace before the name in place of the source. Groups that an image, a
lesion, a patient or the content of a file ties together are one.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from kg.overlap import published_names
from kg.pictures import Ledger
from kg.splits import group_keys
from kg.tables import read_shard_table, shard_names, write_table

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

GROUPS = pa.schema([pa.field("group", pa.string(), nullable=False), pa.field("joined", pa.string(), nullable=False)])
"""Groups that are one with another, and the name that all of them have."""

_FILE = "groups.parquet"
_COLUMNS = ["image", "source", "root", "path", "key", "patient", "lesion", "case"]
_NAMED = {"image": "key", "lesion": "lesion", "patient": "patient"}
_TIES = pa.schema(
    [
        pa.field("tie", pa.string()),  # what ties groups together: the name of an image, or the content of a file
        pa.field("source", pa.string()),
        pa.field("rank", pa.int8()),  # of the group: 0 a patient, 1 a lesion, 2 a case, 3 an image
        pa.field("group", pa.string()),
    ]
)


@dataclass(frozen=True)
class Groups:
    """The groups of a graph: the namespace of each source that has one, and the groups that are joined (`GROUPS`)."""

    namespaces: Mapping[str, str]
    joined: pa.Table

    @classmethod
    def of_graph(cls, graph: "KnowledgeGraph") -> "Groups":
        """Those that the build wrote; of an older build none are joined."""
        file = graph.folder / _FILE
        if not file.exists():
            return cls(graph.info.get("namespaces", {}), GROUPS.empty_table())
        import pyarrow.parquet as pq

        return cls(graph.info.get("namespaces", {}), pq.read_table(file, schema=GROUPS))

    def write(self, build: Path) -> None:
        """Keep the joined groups in a build."""
        write_table(build / _FILE, self.joined)

    def find(self, images: pa.Table) -> pa.ChunkedArray:
        """The group of each row of `IMAGES`."""
        return self._join(name_groups(images, self.namespaces))

    def aliases(self, images: pa.Table) -> tuple[pa.ChunkedArray, ...]:
        """All names of the group of each row, the group first: before it was joined, and before its namespace."""
        named = name_groups(images, self.namespaces)
        return self._join(named), named, group_keys(images)

    def are_joined(self, one: str, other: str) -> bool:
        """Whether two sources have one namespace, so that what they name alike is one group."""
        namespace = self.namespaces.get(one)
        return namespace is not None and namespace == self.namespaces.get(other)

    def _join(self, groups: pa.ChunkedArray) -> pa.ChunkedArray:
        joined = self.joined["joined"].combine_chunks()
        return pc.coalesce(joined.take(pc.index_in(groups, value_set=self.joined["group"])), groups)


def name_groups(images: pa.Table, namespaces: Mapping[str, str]) -> pa.ChunkedArray:
    """The group of each row of `IMAGES` by what the row says of itself."""
    groups = group_keys(images)
    for source, namespace in namespaces.items():
        name = pc.utf8_slice_codeunits(groups, len(source) + 1)
        groups = pc.if_else(
            pc.equal(images["source"], source), pc.binary_join_element_wise(namespace, name, ":"), groups
        )
    return groups


def join_groups(build: Path, namespaces: Mapping[str, str], ledger: Ledger | None = None) -> Groups:
    """The groups of the sources of a build, those joined that share what two sources have.

    Names count within a namespace, whatever the ending of an image file; the content of a file, where there is a
    `ledger`, between all sources. What is joined has the name of the broadest group, of equals of the first in the
    alphabet, so that its split does not depend on the order of sources and rows.
    """
    seen = ledger.read().select(["root", "path", "sha256"]) if ledger else None
    ties = pa.concat_tables([_TIES.empty_table(), *_ties(build, namespaces, seen)])
    distinct = ties.group_by(_TIES.names, use_threads=False).aggregate([])
    of_tie = distinct.group_by("tie", use_threads=False)
    counted = of_tie.aggregate([("source", "count_distinct"), ("group", "count_distinct")])
    several = pc.and_(pc.greater(counted["source_count_distinct"], 1), pc.greater(counted["group_count_distinct"], 1))
    binding = distinct.filter(pc.is_in(distinct["tie"], value_set=counted.filter(several)["tie"].combine_chunks()))
    columns = [binding[name].to_pylist() for name in ("tie", "rank", "group")]
    names = _connect(zip(*columns, strict=True))
    return Groups(namespaces, pa.table([list(names), list(names.values())], schema=GROUPS))


def _ties(build: Path, namespaces: Mapping[str, str], seen: pa.Table | None) -> Iterator[pa.Table]:
    """What ties the groups of each shard to others."""
    among = list(namespaces.values())
    shared = {source: namespace for source, namespace in namespaces.items() if among.count(namespace) > 1}
    if not shared and seen is None:
        return
    for shard in shard_names(build):
        images = read_shard_table(build, shard, "images", _COLUMNS)
        images = images.append_column("group", name_groups(images, namespaces)).append_column("rank", _ranks(images))
        for source, namespace in shared.items():
            own = images.filter(pc.equal(images["source"], source))
            for what, column in _NAMED.items():
                named = own.filter(pc.is_valid(own[column]))
                names = published_names(source, named[column])
                yield _tie(named, pc.binary_join_element_wise(f"{what} {namespace}", names, ":"))
        if seen is not None:
            found = images.join(seen, keys=["root", "path"], join_type="inner")
            yield _tie(found, pc.binary_join_element_wise("content", found["sha256"], " "))


def _tie(images: pa.Table, ties: pa.Array | pa.ChunkedArray) -> pa.Table:
    told = pa.table([ties, images["source"], images["rank"], images["group"]], names=_TIES.names).cast(_TIES)
    return told.filter(pc.is_valid(told["tie"]))


def _ranks(images: pa.Table) -> pa.ChunkedArray:
    """How broad the group of each image is: 0 a patient, 1 a lesion, 2 a case, 3 an image."""
    ranks = [
        pc.if_else(pc.is_valid(images[name]), rank, None) for rank, name in enumerate(("patient", "lesion", "case"))
    ]
    return pc.cast(pc.coalesce(*ranks, pa.scalar(3)), pa.int8())


def _connect(ties: Iterable[tuple[str, int, str]]) -> dict[str, str]:
    """The name of each group that is joined with another: groups of one tie are one."""
    above: dict[tuple[int, str], tuple[int, str]] = {}
    first: dict[str, tuple[int, str]] = {}

    def find(group: tuple[int, str]) -> tuple[int, str]:
        while (parent := above.setdefault(group, group)) != group:
            above[group] = group = above[parent]
        return group

    for tie, rank, group in ties:
        one, other = find((rank, group)), find(first.setdefault(tie, (rank, group)))
        above[max(one, other)] = min(one, other)
    return {group: find((rank, group))[1] for rank, group in sorted(above) if find((rank, group)) != (rank, group)}
