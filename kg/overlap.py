"""Pictures that come from more than one source of a graph: by the names that the sources give, and by their files."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from kg.pictures import Ledger
from kg.sources.folder import stems
from kg.tables import read_shard_table, read_table, shard_names
from kg.wording import counted

_NAMES = {"images": "key", "lesions": "lesion", "patients": "patient"}
_COLUMNS = ["source", "root", "path", *_NAMES.values()]
_SAID = pa.schema([("what", pa.string()), ("source", pa.string()), ("name", pa.string())])


@dataclass(frozen=True)
class Overlap:
    """How many names, and contents of files, two sources have in common."""

    one: str
    other: str
    images: int  # names of images, without the ending of an image file
    lesions: int
    patients: int
    files: int | None  # distinct contents; None where the files were not opened

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    @property
    def names(self) -> int:
        """How many names they share."""
        return self.images + self.lesions + self.patients

    def as_text(self) -> str:
        """For people: one line."""
        names = [f"{n:,} {what}" for what in _NAMES if (n := getattr(self, what))]
        said = [", ".join(names) + " of the same name" if names else ""]
        said.append("" if self.files is None else f"{counted(self.files, 'image file')} of the same content")
        return f"{self.one} and {self.other} share " + "; ".join(filter(None, said))


def find_overlaps(build: Path, ledger: Ledger | None = None) -> tuple[Overlap, ...]:
    """What each two sources of a build share, where they share anything.

    Names are those that the sources publish; one of digits alone is passed over, for it names something within its
    source only. Files are compared by the SHA-256 in `ledger`, where there is one.
    """
    sources = read_table(build, "sources", ["source"])["source"].to_pylist()
    if len(sources) < 2:
        return ()
    seen = ledger.read().select(["root", "path", "sha256"]) if ledger else None
    said = pa.concat_tables([_SAID.empty_table(), *_names(build, seen)])
    distinct = said.group_by(_SAID.names, use_threads=False).aggregate([])
    owners = distinct.group_by(["what", "name"], use_threads=False).aggregate([("source", "list")])
    shared = owners.filter(pc.greater(pc.list_value_length(owners["source_list"]), 1))
    counted = Counter(
        (row["what"], pair)
        for row in shared.to_pylist()
        for pair in combinations(sorted(row["source_list"], key=sources.index), 2)
    )
    found = []
    for one, other in combinations(sources, 2):
        images, lesions, patients, files = (counted[what, (one, other)] for what in (*_NAMES, "files"))
        if images or lesions or patients or files:
            found.append(Overlap(one, other, images, lesions, patients, files if ledger else None))
    return tuple(found)


def _names(build: Path, seen: pa.Table | None) -> Iterator[pa.Table]:
    """The names of each shard, each once, and the hashes of its files."""
    for shard in shard_names(build):
        images = read_shard_table(build, shard, "images", _COLUMNS)
        for what, column in _NAMES.items():
            said = _say(what, images["source"], images[column])
            for source in pc.unique(said["source"]).to_pylist():
                own = said.filter(pc.equal(said["source"], source))
                named = own.set_column(2, _SAID.field("name"), published_names(source, own["name"]))
                yield named.filter(pc.match_substring_regex(named["name"], "[^0-9]"))
        if seen is not None:
            found = images.join(seen, keys=["root", "path"], join_type="inner")
            yield _say("files", found["source"], found["sha256"])


def published_names(source: str, names: pa.ChunkedArray) -> pa.ChunkedArray:
    """The names without the source before a group key, and without the ending of an image file."""
    prefix = f"{source}:"
    bare = pc.if_else(pc.starts_with(names, prefix), pc.utf8_slice_codeunits(names, len(prefix)), names)
    return stems(bare)


def _say(what: str, sources: pa.ChunkedArray, names: pa.ChunkedArray) -> pa.Table:
    told = pa.table([sources, names], names=["source", "name"]).filter(pc.is_valid(names))
    distinct = told.group_by(["source", "name"], use_threads=False).aggregate([])
    return distinct.add_column(0, _SAID.field("what"), pa.array([what] * len(distinct), pa.string())).cast(_SAID)
