"""Pairs as WebDataset shards: tar files with an image, a text and a JSON of facts for each pair.

The format is that of the webdataset library, as open_clip reads it: members `KEY.jpg`, `KEY.txt`, `KEY.json`, and
`sizes.json` with the number of pairs of each shard beside the shards.
"""

import json
import tarfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

import pyarrow as pa

from kg.export.pictures import read_pictures
from kg.export.records import render_images, render_pairs
from kg.export.tables import PairWriter
from kg.export.tabulation import Part

SHARD_PAIRS = 5_000

_HEADER = tarfile.TarInfo().tobuf(tarfile.GNU_FORMAT)
_LARGE = 8**11  # bytes that the header has no digits for


class _Shards:
    def __init__(self, folder: Path, shard_pairs: int) -> None:
        self._folder = folder
        self._shard_pairs = shard_pairs
        self._shard: BinaryIO | None = None
        self.sizes: Counter[str] = Counter()

    def write(self, part: Part) -> pa.Array:
        images = render_images(part, leave_out=("filepath",))
        reasons: list[str | None] = []
        for pairs, pictures in read_pictures(part):
            texts = [pairs.pairs[name].to_pylist() for name in ("pair", "text")]
            labels = render_pairs(pairs, images, leave_out=("text",)).to_pylist()
            for pair, text, label, picture in zip(*texts, labels, pictures, strict=True):
                if isinstance(picture, str):
                    reasons.append(picture)
                    continue
                # readers end a member's key at its first dot, and take slashes for folders
                key = quote(pair, safe=":").replace(".", "%2E")
                shard = self._open_shard()
                write_member(shard, f"{key}.{picture.ending}", picture.content)
                write_member(shard, f"{key}.json", label.encode())
                write_member(shard, f"{key}.txt", text.encode())
                reasons.append(None)
        return pa.array(reasons, pa.string())

    def _open_shard(self) -> BinaryIO:
        """The shard that the next pair goes to."""
        name = f"{self.sizes.total() // self._shard_pairs:05}.tar"
        if name not in self.sizes or self._shard is None:
            self.close()
            self._shard = (self._folder / name).open("wb")
        self.sizes[name] += 1
        return self._shard

    def close(self) -> None:
        if self._shard is not None:
            self._shard.write(bytes(2 * tarfile.BLOCKSIZE))
            self._shard.close()


def write_member(shard: BinaryIO, name: str, content: bytes) -> None:
    """Add a file to an open tar archive, as `tarfile` does but without its cost for each member."""
    field = name.encode()
    if len(field) < tarfile.LENGTH_NAME and len(content) < _LARGE:
        before = (
            field.ljust(tarfile.LENGTH_NAME, b"\0") + _HEADER[100:124] + b"%011o\0" % len(content) + _HEADER[136:148]
        )
        checksum = sum(before) + sum(_HEADER[156:]) + 8 * ord(" ")
        header = before + b"%06o\0 " % checksum + _HEADER[156:]
    else:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        header = info.tobuf(tarfile.GNU_FORMAT)
    shard.write(b"".join((header, content, bytes(-len(content) % tarfile.BLOCKSIZE))))


@contextmanager
def open_shards(folder: Path, *, shard_pairs: int = SHARD_PAIRS) -> Iterator[PairWriter]:
    """A writer of shards in `folder`, which is made, for parts whose pairs all have a `filepath`.

    The same pairs and images give the same bytes.
    """
    folder.mkdir()
    shards = _Shards(folder, shard_pairs)
    with closing(shards):
        yield shards
    (folder / "sizes.json").write_text(json.dumps(shards.sizes, indent=1) + "\n", encoding="utf-8")
