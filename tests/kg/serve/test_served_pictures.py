"""Pictures leave the server drawn anew, and only those below their own folder."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from kg.serve.pictures import NoPicture, draw, locate_file
from tests.kg.serve.showroom import BOMB, LINKED, TEXT

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph


def image(root: Path, path: str) -> dict[str, Any]:
    return {"image": f"room:{path}", "available": True, "root": str(root), "path": path}


@pytest.fixture(scope="module")
def room(showroom: "KnowledgeGraph") -> Path:
    return Path(showroom.images()["root"][0].as_py())


@pytest.mark.parametrize("path", ["../secret.jpg", "x/../../secret.jpg", "/etc/passwd", LINKED])
def test_a_path_that_leads_out_of_the_folder_is_refused(room: Path, path: str) -> None:
    with pytest.raises(NoPicture, match="leads out"):
        locate_file(image(room, path))


@pytest.mark.parametrize(("path", "reason"), [(BOMB, "more pixels"), (TEXT, "cannot be decoded")])
def test_what_is_no_picture_is_not_drawn(room: Path, path: str, reason: str) -> None:
    with pytest.raises(NoPicture, match=reason):
        draw(locate_file(image(room, path)), 64)


def test_a_picture_keeps_its_shape_and_loses_its_metadata(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "Jane Doe"  # ImageDescription
    exif[0x0112] = 6  # lies on its side
    Image.new("RGB", (80, 40), "tan").save(tmp_path / "a.jpg", exif=exif)

    content = draw(tmp_path / "a.jpg", 40)

    drawn = Image.open(io.BytesIO(content))
    assert (drawn.format, drawn.size) == ("JPEG", (20, 40))
    assert b"Jane Doe" not in content
    assert not drawn.getexif()


def test_a_blurred_picture_holds_no_detail(room: Path) -> None:
    file = locate_file(image(room, "02.jpg"))
    clear, blurred = (
        np.asarray(Image.open(io.BytesIO(draw(file, 96, blurred=blurred))).convert("L"), float)
        for blurred in (False, True)
    )

    def detail(pixels: "np.ndarray[Any, Any]") -> float:
        return float(np.abs(np.diff(pixels, axis=1)).mean())

    assert clear.shape == blurred.shape
    assert detail(blurred) < detail(clear) / 4
