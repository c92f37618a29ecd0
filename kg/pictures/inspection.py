"""One image file looked at: there, readable to its last pixel, how large, how turned, and its hash."""

import hashlib
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa

MAX_BYTES = 256 * 2**20
MAX_PIXELS = 178_956_970
"""As many as Pillow decodes before it takes a file for a decompression bomb."""

_TEXT = pa.string()

INSPECTED = pa.schema(
    [
        pa.field("root", _TEXT, nullable=False),
        pa.field("path", _TEXT, nullable=False),
        pa.field("mtime_ns", pa.int64()),  # null where there is no file
        pa.field("bytes", pa.int64()),
        pa.field("sha256", _TEXT),
        pa.field("format", _TEXT),
        pa.field("width", pa.int32()),  # pixels, as stored: before any turning
        pa.field("height", pa.int32()),
        pa.field("orientation", pa.int8()),  # EXIF's, 1 to 8; null where none is told
        pa.field("reason", _TEXT),  # why the file cannot be used; null where it can
    ]
)

GONE = "file not found"
OUTSIDE = "path leaves the folder of its source"
EMPTY = "empty file"
LARGE = f"larger than {MAX_BYTES // 2**20} MiB"
NO_IMAGE = "not an image"
TRUNCATED = "truncated"
BOMB = "more pixels than is safe to decode"
BROKEN = "cannot be decoded"
DEADLY = "ends the process that decodes it"

_ORIENTATION = 0x0112  # EXIF


def inspect(root: str, path: str) -> dict[str, Any]:
    """Look at the file `path` below `root`: a row of `INSPECTED`. Never raises for what is in the file."""
    row: dict[str, Any] = {"root": root, "path": path}
    file = Path(root, path)
    if not file.resolve().is_relative_to(Path(root).resolve()):
        return {**row, "reason": OUTSIDE}
    try:
        stat = file.stat()
        row |= {"mtime_ns": stat.st_mtime_ns, "bytes": stat.st_size}
        if stat.st_size > MAX_BYTES:
            return {**row, "reason": LARGE}
        content = file.read_bytes()
    except FileNotFoundError:
        return {**row, "reason": GONE}
    except OSError as error:
        return {**row, "reason": f"{BROKEN} ({error.strerror or type(error).__name__})"}
    row["sha256"] = hashlib.sha256(content).hexdigest()
    return {**row, **_decode(content)} if content else {**row, "reason": EMPTY}


def _decode(content: bytes) -> dict[str, Any]:
    """Format, size and orientation of an image that decodes to its last pixel, or the reason why it does not."""
    from PIL import Image, UnidentifiedImageError

    seen: dict[str, Any] = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(content)) as image:
                seen |= {"format": image.format, "width": image.width, "height": image.height}
                if image.width * image.height > MAX_PIXELS:
                    return {**seen, "reason": BOMB}
                turned = image.getexif().get(_ORIENTATION)
                seen["orientation"] = turned if turned in range(1, 9) else None
                image.load()
    except UnidentifiedImageError:
        return {**seen, "reason": NO_IMAGE}
    except Image.DecompressionBombError:
        return {**seen, "reason": BOMB}
    except Exception as error:  # decoders raise whatever a broken file makes them raise
        cut = "truncated" in str(error).casefold() or _is_cut_webp(content)
        return {**seen, "reason": TRUNCATED if cut else f"{BROKEN} ({type(error).__name__})"}
    return seen


def _is_cut_webp(content: bytes) -> bool:
    """Whether a WebP file is shorter than its head says: its decoder does not tell."""
    return content[:4] == b"RIFF" and int.from_bytes(content[4:8], "little") + 8 > len(content)
