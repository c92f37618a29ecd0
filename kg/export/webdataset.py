"""Pairs as WebDataset shards: tar files with an image, a text and a JSON of labels for each pair.

The format is that of the webdataset library, as open_clip reads it: members `KEY.jpg`, `KEY.txt`, `KEY.json`, and
`sizes.json` with the number of pairs of each shard beside the shards.
"""

import csv
import io
import json
import tarfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa
from tqdm import tqdm

SHARD_PAIRS = 5_000
GONE = "image file is gone"
UNREADABLE = "image cannot be decoded"

_READ_AHEAD = 256
_ENDINGS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}  # what readers decode; other formats become PNG
_Image = tuple[str, bytes]  # ending, content


def write_shards(
    pairs: pa.Table, folder: Path, *, shard_pairs: int = SHARD_PAIRS, workers: int = 4
) -> tuple[pa.Table, dict[str, int]]:
    """Write `pairs` (`kg.export.EXPORT`, every `filepath` set) as shards in `folder`, which is made.

    The same pairs and images give the same bytes. Returns the pairs that were written, and how many were left out by
    reason; `left_out.tsv` names them.
    """
    folder.mkdir()
    written = np.zeros(pairs.num_rows, bool)
    sizes: Counter[str] = Counter()
    left_out: list[tuple[str, str, str]] = []
    with ExitStack() as stack:
        for row, (record, image) in enumerate(_read(pairs, workers)):
            if isinstance(image, str):
                left_out.append((record["pair"], record["image"], image))
                continue
            name = f"{sizes.total() // shard_pairs:05}.tar"
            if name not in sizes:
                stack.close()
                shard = stack.enter_context(tarfile.open(folder / name, "w", format=tarfile.GNU_FORMAT))
            _add(shard, record, image)
            sizes[name] += 1
            written[row] = True
    (folder / "sizes.json").write_text(json.dumps(sizes, indent=1) + "\n", encoding="utf-8")
    origin = {key.decode(): value.decode() for key, value in (pairs.schema.metadata or {}).items()}
    (folder / "export.json").write_text(json.dumps(origin, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if left_out:
        _write_left_out(folder / "left_out.tsv", left_out)
    return pairs.filter(written), dict(Counter(reason for _, _, reason in left_out))


def _read(pairs: pa.Table, workers: int) -> Iterator[tuple[dict[str, Any], _Image | str]]:
    """Each pair with its image, or with the reason why there is none. Images are read ahead, each once in a row."""
    with (
        ThreadPoolExecutor(workers) as pool,
        tqdm(total=pairs.num_rows, desc="write shards", unit="pair", disable=None) as bar,
    ):
        for batch in pairs.to_batches(max_chunksize=_READ_AHEAD):
            records = batch.to_pylist()
            paths = list(dict.fromkeys(record["filepath"] for record in records))
            images = dict(zip(paths, pool.map(_read_image, paths), strict=True))
            for record in records:
                yield record, images[record["filepath"]]
            bar.update(len(records))


def _read_image(path: str) -> _Image | str:
    """The ending and bytes of an image that decodes to the end, else the reason why it cannot be used."""
    from PIL import Image

    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        return GONE
    try:
        with Image.open(io.BytesIO(content)) as image:
            ending = _ENDINGS.get(image.format or "")
            if ending is None:
                content = _as_png(image)
            else:
                # a JPEG decoded at an eighth of its size still reads every byte
                image.draft(image.mode, (max(1, image.width // 8), max(1, image.height // 8)))
                image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return UNREADABLE
    return ending or "png", content


def _as_png(image: Any) -> bytes:
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()


def _add(shard: tarfile.TarFile, record: dict[str, Any], image: _Image) -> None:
    # readers end a member's key at its first dot, and take slashes for folders
    key = quote(record["pair"], safe=":").replace(".", "%2E")
    labels = {name: value for name, value in record.items() if name not in ("text", "filepath")}
    ending, content = image
    members = {
        ending: content,
        "json": json.dumps(labels, ensure_ascii=False).encode(),
        "txt": record["text"].encode(),
    }
    for suffix, data in members.items():
        member = tarfile.TarInfo(f"{key}.{suffix}")
        member.size = len(data)
        shard.addfile(member, io.BytesIO(data))


def _write_left_out(path: Path, rows: list[tuple[str, str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(("pair", "image", "reason"))
        writer.writerows(rows)
