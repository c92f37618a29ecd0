"""Pictures are read as CLIP wants them, and one that cannot be read names itself."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from embed.images import ImageError, iterate_batches, read_image


def save(path: Path, pixels: np.ndarray, **options: object) -> str:
    Image.fromarray(pixels).save(path, **options)
    return str(path)


def test_a_wide_picture_is_cut_at_its_sides(tmp_path: Path) -> None:
    wide = np.zeros((40, 80, 3), np.uint8)
    wide[:, 20:60] = 200
    assert read_image(save(tmp_path / "wide.png", wide), 20).min() > 150


def test_a_turned_photograph_is_set_upright(tmp_path: Path) -> None:
    picture = np.zeros((40, 40, 3), np.uint8)
    picture[:20] = 250
    exif = Image.Exif()
    exif[0x0112] = 3
    upright = read_image(save(tmp_path / "turned.jpg", picture, exif=exif), 8)
    assert upright[:3].mean() < 10
    assert upright[-3:].mean() > 240


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "CMYK", "1", "I;16"])
def test_any_mode_becomes_three_colours(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("picture.jpg" if mode == "CMYK" else "picture.png")
    Image.new(mode, (30, 20), 1 if mode == "1" else None).save(path)
    assert read_image(path, 16).shape == (16, 16, 3)


def test_a_picture_smaller_than_asked_is_enlarged(tmp_path: Path) -> None:
    assert read_image(save(tmp_path / "dot.png", np.full((1, 1, 3), 7, np.uint8)), 16).shape == (16, 16, 3)


def broken_files(folder: Path) -> dict[str, Path]:
    whole = folder / "whole.jpg"
    Image.effect_noise((64, 64), 80).save(whole)
    (folder / "truncated.jpg").write_bytes(whole.read_bytes()[:700])
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "page.jpg").write_text("<html>not found</html>")
    return {
        "truncated": folder / "truncated.jpg",
        "not an image": folder / "empty.jpg",
        "not an image ": folder / "page.jpg",
        "file not found": folder / "absent.jpg",
    }


@pytest.mark.parametrize("reason", ["truncated", "not an image", "not an image ", "file not found"])
def test_an_unreadable_file_is_named_with_the_reason(tmp_path: Path, reason: str) -> None:
    path = broken_files(tmp_path)[reason]
    with pytest.raises(ImageError, match=f"{path.name}: {reason.strip()}"):
        read_image(path, 16)


def test_batches_keep_the_order_and_name_what_failed(tmp_path: Path) -> None:
    paths = [save(tmp_path / f"{n}.png", np.full((4, 4, 3), n, np.uint8)) for n in range(23)]
    paths[7] = str(tmp_path / "absent.png")
    batches = list(iterate_batches(paths, 4, batch_size=5, workers=3))
    assert [len(pixels) for pixels, _ in batches] == [5, 5, 5, 5, 3]
    seen = np.concatenate([pixels[:, 0, 0, 0] for pixels, _ in batches])
    assert seen.tolist() == [n if n != 7 else 0 for n in range(23)]
    assert [failed for _, failed in batches] == [{}, {2: "file not found"}, {}, {}, {}]


def test_no_paths_give_no_batches() -> None:
    assert list(iterate_batches([], 4, batch_size=5, workers=1)) == []
