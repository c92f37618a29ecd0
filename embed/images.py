"""Pictures on disk as square arrays of bytes, decoded by several threads."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from kg.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]


class ImageError(InputError):
    """The file is missing, truncated, or no picture. The message names the file and the reason."""

    def __init__(self, path: str | Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = str(path)
        self.reason = reason


def read_image(path: str | Path, size: int) -> "Pixels":
    """The picture as RGB bytes [size, size, 3]: turned as its EXIF says, short side to `size`, centre crop.

    This is CLIP's evaluation transform before normalisation. A JPEG is decoded at the smallest of its built-in scales
    that is at least twice `size`. Raises `ImageError`.
    """
    import numpy as np
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            picture.draft("RGB", (2 * size, 2 * size))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
        fitted = ImageOps.fit(upright, (size, size), method=Image.Resampling.BICUBIC)
    except FileNotFoundError:
        raise ImageError(path, "file not found") from None
    except UnidentifiedImageError:
        raise ImageError(path, "not an image") from None
    except Image.DecompressionBombError:
        raise ImageError(path, "more pixels than is safe to decode") from None
    except (OSError, SyntaxError, ValueError) as error:
        reason = "truncated" if "truncated" in str(error) else f"cannot be decoded ({type(error).__name__})"
        raise ImageError(path, reason) from error
    return np.asarray(fitted)


def iterate_batches(
    paths: Sequence[str], size: int, *, batch_size: int, workers: int
) -> Iterator[tuple["Pixels", dict[int, str]]]:
    """Batches of pictures in order, decoded ahead: bytes [b, size, size, 3], and place in batch → reason if unreadable.

    An unreadable picture is black. Holds at most `batch_size + 4 · workers` decoded pictures.
    """
    import numpy as np

    if not paths:
        return
    with ThreadPoolExecutor(max(1, workers)) as pool:
        ahead: deque[Future[Pixels]] = deque()
        queue = iter(paths)
        for start in range(0, len(paths), batch_size):
            count = min(batch_size, len(paths) - start)
            pixels = np.zeros((count, size, size, 3), np.uint8)
            unreadable: dict[int, str] = {}
            for place in range(count):
                while len(ahead) <= 4 * workers and (path := next(queue, None)) is not None:
                    ahead.append(pool.submit(read_image, path, size))
                try:
                    pixels[place] = ahead.popleft().result()
                except ImageError as error:
                    unreadable[place] = error.reason
            yield pixels, unreadable
