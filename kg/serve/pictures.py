"""Pictures as the browser gets them: decoded and drawn anew, small, without metadata, never the file itself."""

import io
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from kg.errors import InputError
from kg.serve.catalogue import Catalogue, Mask

SIZES = {"small": 360, "large": 1400}
"""Longest side in pixels."""

_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
_PIXELS = 60_000_000
_CACHE = 64 << 20


class NoPicture(InputError):
    """There is no file, it lies outside its folder, or it is no picture."""


def locate_file(image: dict[str, Any]) -> Path:
    """The file of an image of `kg.pairs.IMAGES`. Raises NoPicture unless it lies below the image's own root."""
    if not (image["available"] and image["root"] and image["path"]):
        raise NoPicture(f"{image['image']}: the file was not found at build")
    root = Path(image["root"]).resolve()
    file: Path = (root / image["path"]).resolve()  # follows links, so that none leads out
    if not file.is_relative_to(root):
        raise NoPicture(f"{image['image']}: the path leads out of its folder")
    if not file.is_file():
        raise NoPicture(f"{image['image']}: the file is no longer there")
    return file


def draw(file: Path, size: int, *, blurred: bool = False) -> bytes:
    """The picture as a JPEG of at most `size` pixels, upright. Raises NoPicture when it cannot be decoded."""
    try:
        with Image.open(file, formats=_FORMATS) as picture:
            if picture.width * picture.height > _PIXELS:
                raise NoPicture(f"{file.name}: more pixels than is safe to decode")
            picture.draft("RGB", (2 * size, 2 * size))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except NoPicture:
        raise
    except Image.DecompressionBombError:
        raise NoPicture(f"{file.name}: more pixels than is safe to decode") from None
    except (OSError, SyntaxError, ValueError) as error:
        raise NoPicture(f"{file.name}: cannot be decoded") from error
    upright.thumbnail((size, size), Image.Resampling.LANCZOS)
    if blurred:
        upright = _blur(upright)
    sink = io.BytesIO()
    upright.save(sink, "JPEG", quality=86, optimize=True)
    return sink.getvalue()


def _blur(picture: Image.Image) -> Image.Image:
    """Colours alone: twelve fields across, so that nothing of the picture can be won back from it."""
    across = 12 / max(picture.size)
    coarse = picture.resize([max(1, round(side * across)) for side in picture.size], Image.Resampling.BOX)
    return coarse.resize(picture.size, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(8))


class Pictures:
    """Drawn pictures, the latest kept in memory up to a bound."""

    def __init__(self, catalogue: Catalogue, sensitive: Mask) -> None:
        self.sensitive = np.asarray(sensitive)
        self._catalogue = catalogue
        self._drawn: OrderedDict[tuple[int, str, bool], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, row: int, size: str, *, blurred: bool) -> bytes:
        """A picture as JPEG, `size` of `SIZES`. Raises NoPicture."""
        return self._keep(
            (row, size, blurred),
            lambda: draw(locate_file(self._catalogue.image(row)), SIZES[size], blurred=blurred),
        )

    def _keep(self, key: tuple[int, str, bool], make: Callable[[], bytes]) -> bytes:
        with self._lock:
            if key in self._drawn:
                self._drawn.move_to_end(key)
                return self._drawn[key]
        content = make()
        with self._lock:
            self._drawn[key] = content
            while sum(map(len, self._drawn.values())) > _CACHE:
                self._drawn.popitem(last=False)
        return content
