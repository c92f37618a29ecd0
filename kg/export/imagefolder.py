"""Pairs as a Hugging Face `imagefolder`: images in folders by split, each with a `metadata.jsonl`, a line a pair.

Every value of `metadata.jsonl` is text, empty where nothing is known and joined by `|` where there are several: readers
guess types from the first lines of each split, and refuse splits that differ.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TextIO

import pyarrow as pa
import pyarrow.compute as pc

from kg.export.pictures import Picture, read_pictures
from kg.export.records import join_lists
from kg.export.tables import PairWriter
from kg.export.tabulation import Part

FOLDERS = {"train": "train", "val": "validation", "test": "test"}
"""Of each split, by the names that readers know; pairs without a split are in `train`."""

METADATA = "metadata.jsonl"

COLUMNS = {"image": "image_id"}
"""Other names of columns: readers put the picture itself in `image`."""


class _Folders:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, TextIO] = {}

    def write(self, part: Part) -> pa.Array:
        known = _as_text(join_lists(part.images.drop_columns("filepath")))
        written: set[str] = set()
        reasons: list[str | None] = []
        for pairs, pictures in read_pictures(part):
            columns = [*pairs.pairs.columns, *known.take(pa.array(pairs.place)).columns]
            names = [COLUMNS.get(name, name) for name in (*pairs.pairs.column_names, *known.column_names)]
            records = pa.table(columns, names=names).to_pylist()
            for record, picture in zip(records, pictures, strict=True):
                if isinstance(picture, str):
                    reasons.append(picture)
                    continue
                split = FOLDERS[record["split"] or "train"]
                name = name_file(record["image_id"], picture.ending)
                if name not in written:
                    _write_picture(self._folder / split / name, picture)
                    written.add(name)
                line = json.dumps({"file_name": name, **record}, ensure_ascii=False)
                self._open_metadata(split).write(f"{line}\n")
                reasons.append(None)
        return pa.array(reasons, pa.string())

    def _open_metadata(self, split: str) -> TextIO:
        if split not in self._files:
            self._files[split] = (self._folder / split / METADATA).open("w", encoding="utf-8")
        return self._files[split]

    def close(self) -> None:
        for file in self._files.values():
            file.close()


@contextmanager
def open_imagefolder(folder: Path) -> Iterator[PairWriter]:
    """A writer below `folder`, which is made, for parts whose pairs all have a `filepath`.

    An image of several pairs is there once.
    """
    folder.mkdir()
    with closing(folders := _Folders(folder)):
        yield folders


def name_file(image: str, ending: str) -> str:
    """A path below the folder of a split that no file system minds: the image's id, told apart by a hash."""
    digest = hashlib.blake2b(image.encode(), digest_size=6).hexdigest()
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", image)[-80:]
    return f"{digest[:2]}/{plain}-{digest}.{ending}"


def iterate_files(folder: Path) -> Iterator[Path]:
    """The metadata files of a written folder."""
    yield from sorted(folder.glob(f"*/{METADATA}"))


def _write_picture(path: Path, picture: Picture) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture.content)


def _as_text(table: pa.Table) -> pa.Table:
    columns = [pc.fill_null(pc.cast(column, pa.string()), "") for column in table.columns]
    return pa.table(columns, names=table.column_names)
