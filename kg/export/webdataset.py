"""Pairs as WebDataset shards: tar files with an image, a text and a JSON of facts for each pair.

The format is that of the webdataset library, as open_clip reads it: members `KEY.jpg`, `KEY.txt`, `KEY.json`, and
`sizes.json` with the number of pairs of each shard beside the shards.
"""

import json
import tarfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa

from kg.export.pictures import Picture, read_pictures
from kg.export.records import render_records
from kg.export.tables import PairWriter
from kg.export.tabulation import Part

SHARD_PAIRS = 5_000


class _Shards:
    def __init__(self, folder: Path, shard_pairs: int) -> None:
        self._folder = folder
        self._shard_pairs = shard_pairs
        self._shard: tarfile.TarFile | None = None
        self.sizes: Counter[str] = Counter()

    def write(self, part: Part) -> pa.Array:
        reasons: list[str | None] = []
        for pairs, pictures in read_pictures(part):
            texts = [pairs.pairs[name].to_pylist() for name in ("pair", "text")]
            labels = render_records(pairs, leave_out=("filepath", "text")).to_pylist()
            for pair, text, label, picture in zip(*texts, labels, pictures, strict=True):
                if isinstance(picture, str):
                    reasons.append(picture)
                    continue
                _add(self._open_shard(), pair, text, label, picture)
                reasons.append(None)
        return pa.array(reasons, pa.string())

    def _open_shard(self) -> tarfile.TarFile:
        """The shard that the next pair goes to."""
        name = f"{self.sizes.total() // self._shard_pairs:05}.tar"
        if name not in self.sizes or self._shard is None:
            self.close()
            self._shard = tarfile.open(self._folder / name, "w", format=tarfile.GNU_FORMAT)  # noqa: SIM115
        self.sizes[name] += 1
        return self._shard

    def close(self) -> None:
        if self._shard is not None:
            self._shard.close()


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


def _add(shard: tarfile.TarFile, pair: str, text: str, label: str, picture: Picture) -> None:
    # readers end a member's key at its first dot, and take slashes for folders
    key = quote(pair, safe=":").replace(".", "%2E")
    members = {picture.ending: picture.content, "json": label.encode(), "txt": text.encode()}
    for ending, content in members.items():
        member = tarfile.TarInfo(f"{key}.{ending}")
        member.size = len(content)
        shard.addfile(member, BytesIO(content))
