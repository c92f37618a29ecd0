"""Image files as bytes, to be copied into an export."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa

from kg.export.tabulation import Part

GONE = "image file is gone"
UNREADABLE = "image cannot be decoded"

_END = 65_536  # bytes after which no end of an image is looked for
_SLICE = 512  # pairs
_WORKERS = 4


@dataclass(frozen=True)
class Picture:
    """The bytes of an image file, and the ending that says its format."""

    ending: str  # jpg, png or webp
    content: bytes


def read_picture(path: str) -> Picture | str:
    """The image at `path`, else the reason why it cannot be used.

    JPEG, PNG and WebP are taken as they are, when they begin and end as their format says: `images check` decodes
    them. Readers do not decode other formats: these become PNG, which keeps every pixel.
    """
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        return GONE
    except OSError:
        return UNREADABLE
    if content.startswith(b"\xff\xd8\xff"):
        whole = content.rfind(b"\xff\xd9", -_END) > 0
        return Picture("jpg", content) if whole else UNREADABLE
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return Picture("png", content) if content.rfind(b"IEND", -_END) > 0 else UNREADABLE
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        whole = len(content) >= 8 + int.from_bytes(content[4:8], "little")
        return Picture("webp", content) if whole else UNREADABLE
    return _as_png(content)


def read_pictures(part: Part) -> Iterator[tuple[Part, list[Picture | str]]]:
    """Slices of the part (every `filepath` set), each with the picture of each pair, or the reason why there is none.

    Files are read by threads while the slice before is used, each file once in a slice.
    """
    with ThreadPoolExecutor(_WORKERS) as pool:
        slices = (part.slice(start, _SLICE) for start in range(0, len(part), _SLICE))
        ahead = deque(_read(pool, one) for one in islice(slices, 2))
        while ahead:
            one, place, reading = ahead.popleft()
            read = [picture.result() for picture in reading]
            ahead.extend(_read(pool, other) for other in islice(slices, 1))
            yield one, [read[number] for number in place]


_Reading = tuple[Part, list[int], list[Future[Picture | str]]]


def _read(pool: ThreadPoolExecutor, part: Part) -> _Reading:
    images, place = np.unique(part.place, return_inverse=True)
    paths = part.images["filepath"].take(pa.array(images)).to_pylist()
    return part, place.tolist(), [pool.submit(read_picture, path) for path in paths]


def _as_png(content: bytes) -> Picture | str:
    from PIL import Image

    buffer = BytesIO()
    try:
        with Image.open(BytesIO(content)) as image:
            image.convert("RGB").save(buffer, "PNG")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return UNREADABLE
    return Picture("png", buffer.getvalue())
