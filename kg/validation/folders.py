"""Folders that `export-pairs` wrote, as tables: WebDataset shards and image folders, with the files that they lack."""

import json
import tarfile
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from kg.errors import InputError
from kg.export.imagefolder import COLUMNS, METADATA, iterate_files
from kg.export.replacement import ACCOUNT

_PICTURES = ("jpg", "png", "webp")
_WHOLE = "a pair of a shard has a picture, a text and labels"
_COUNTED = "sizes.json tells how many pairs a shard has"
_PICTURED = "a line of the metadata names a picture that is there"

Wrong: TypeAlias = tuple[str, str, str | None, str]


@dataclass(frozen=True)
class Member:
    """A shard, or the metadata of one split: its pairs, and what is wrong with its files.

    `wrong` has the member or pair, what is wrong of it, its value, and what was to be expected.
    """

    file: str
    pairs: pa.Table
    wrong: list[Wrong] = field(default_factory=list)


def is_export(path: Path) -> bool:
    """Whether a folder is one that `export-pairs` wrote."""
    return (path / ACCOUNT).is_file()


def read_folder(path: Path) -> Iterator[Member]:
    """The shards of a folder one after the other, or the metadata of its splits. Raises `InputError` for a file that
    cannot be read."""
    shards = sorted(path.glob("*.tar"))
    for file in shards or iterate_files(path):
        try:
            yield _read_shard(file) if shards else _read_metadata(file)
        except (OSError, tarfile.TarError, ValueError, KeyError) as error:
            raise InputError(f"{file}: cannot be read as an export: {error or type(error).__name__}") from error


def _read_shard(file: Path) -> Member:
    texts: dict[str, str] = {}
    labels: dict[str, dict[str, Any]] = {}
    pictures: set[str] = set()
    with tarfile.open(file) as shard:
        for each in shard:
            key, _, ending = each.name.partition(".")
            content = shard.extractfile(each) if ending in ("txt", "json") else None
            if content and ending == "txt":
                texts[key] = content.read().decode()
            elif content:
                labels[key] = json.loads(content.read())
            elif ending in _PICTURES and each.size:
                pictures.add(key)
    keys = dict.fromkeys([*labels, *texts, *sorted(pictures)])
    kinds: dict[str, Container[str]] = {"text": texts, "labels": labels, "picture": pictures}
    wrong: list[Wrong] = [
        (key, what, None, _WHOLE) for key in keys for what, there in kinds.items() if key not in there
    ]
    rows = [{**own, "text": texts.get(key)} for key, own in labels.items()]
    expected = json.loads((file.parent / "sizes.json").read_text(encoding="utf-8"))[file.name]
    if expected != len(keys):
        wrong.append((file.name, "sizes.json", str(expected), _COUNTED))
    return Member(file.name, _table(rows), wrong)


def _read_metadata(file: Path) -> Member:
    names = {other: name for name, other in COLUMNS.items()}
    with file.open(encoding="utf-8") as lines:
        told = [json.loads(line) for line in lines]
    wrong: list[Wrong] = [
        (row["pair"], "file_name", row["file_name"], _PICTURED)
        for row in told
        if not (file.parent / row["file_name"]).is_file()
    ]
    rows = [{names.get(name, name): value or None for name, value in row.items()} for row in told]
    return Member(f"{file.parent.name}/{METADATA}", _table(rows), wrong)


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    """The rows without the lists and objects that no shape asks for; a column of nothing is one of texts."""
    names = [name for name in (rows[0] if rows else {}) if name != "facts"]
    columns = [pa.array([row[name] for row in rows]) for name in names]
    return pa.table(
        [pc.cast(column, pa.string()) if pa.types.is_null(column.type) else column for column in columns], names=names
    )
