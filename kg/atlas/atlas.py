"""Making an atlas: scenes, pictures, captions and truth, written so that a stopped run can go on."""

import csv
import errno
import json
import multiprocessing
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from kg.atlas.captions import write_caption
from kg.atlas.repertoire import Repertoire, choose_conditions
from kg.atlas.scene import Scene, draw_scenes
from kg.errors import InputError
from kg.wording import counted

if TYPE_CHECKING:
    from kg.ontology import Ontology

_VERSION = 1
_MANIFEST = "atlas.json"
_PARTIAL = ".part"
_CHUNK = 48
_PAYS_OFF = 4 * _CHUNK  # from so many pictures on, starting processes is quicker than not
_QUALITY = 90
_NOTICE = "SYNTHETIC image drawn by a program; not a photograph, not for clinical use"
_IMAGE_DESCRIPTION = 0x010E


@dataclass(frozen=True)
class AtlasAccount:
    """What an atlas holds and what the run did."""

    folder: Path
    pairs: int
    patients: int
    conditions: tuple[str, ...]
    rendered: int  # pictures drawn by this run; the others were there
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**vars(self), "folder": str(self.folder), "conditions": list(self.conditions)}

    def as_text(self) -> str:
        """Two lines for a person."""
        kept = self.pairs - self.rendered
        rate = f", {self.rendered / self.seconds:.0f} a second" if self.rendered and self.seconds > 0 else ""
        return (
            f"{counted(self.pairs, 'synthetic image')} with captions of "
            f"{counted(len(self.conditions), 'condition')} and {self.patients:,} "
            f"patients in {self.folder}\n{self.rendered:,} drawn in {self.seconds:.0f} s{rate}"
            + (f", {kept:,} kept from before" if kept else "")
        )


def generate(
    ontology: "Ontology",
    out: Path,
    pairs: int,
    *,
    seed: int = 0,
    size: int = 128,
    conditions: int | Sequence[str] | None = None,
    progress: bool = True,
) -> AtlasAccount:
    """Draw an atlas of so many images, each with a caption, into the folder `out`.

    `conditions` is how many to draw (48 by default, from every level-1 group) or which, by any name. Image i depends
    on the seed, the size and the ontology alone, not on `pairs`; the same ones give the same bytes. A folder that holds
    a part of the same atlas is completed. Raises `InputError` when `out` holds anything else, when the disk is full or
    when the ontology has too few conditions to draw, `UnknownTerm` for a condition that it does not know.
    """
    started = time.monotonic()
    out = Path(out)
    if pairs < 1 or size < 32:
        raise InputError(f"an atlas needs at least 1 image of 32 pixels, not {pairs} of {size}")
    repertoire = choose_conditions(ontology, conditions)
    with _room_on_disk(out):
        _open_folder(out, _manifest(repertoire, pairs, seed, size, ontology.version))
        scenes = list(draw_scenes(repertoire, pairs, seed))
        missing = [scene for scene in scenes if not (out / scene.filename).exists()]
        _draw_all(missing, out, seed, size, progress)
        _write_tables(scenes, out, seed)
    return AtlasAccount(
        folder=out,
        pairs=pairs,
        patients=len({scene.patient.number for scene in scenes}),
        conditions=tuple(condition.label for condition in repertoire.conditions),
        rendered=len(missing),
        seconds=time.monotonic() - started,
    )


def _manifest(repertoire: Repertoire, pairs: int, seed: int, size: int, ontology_version: str | None) -> dict[str, Any]:
    return {
        "what": "synthetic atlas",
        "version": _VERSION,
        "pairs": pairs,
        "seed": seed,
        "size": size,
        "ontology": ontology_version,
        "fingerprint": repertoire.fingerprint,
        "conditions": {condition.curie: condition.label for condition in repertoire.conditions},
    }


def _open_folder(out: Path, manifest: dict[str, Any]) -> None:
    """Make the folder, or see that it holds a part of the same atlas."""
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file; give a folder that is empty or not there yet")
    at = out / _MANIFEST
    if at.exists():
        _refuse_other(at, manifest)
    elif out.is_dir() and any(out.iterdir()):
        raise InputError(f"{out} is not empty; give a folder that is empty or not there yet")
    (out / "images" / "atlas").mkdir(parents=True, exist_ok=True)
    for left_over in (out / "images" / "atlas").glob(f"*{_PARTIAL}"):
        left_over.unlink()
    _replace(at, (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode())


def _refuse_other(at: Path, manifest: dict[str, Any]) -> None:
    try:
        found = json.loads(at.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{at} is broken ({error}); delete the folder and draw it again") from error
    differing = [name for name in manifest if found.get(name) != manifest[name]]
    if differing:
        name = differing[0]
        told = (
            "" if name in {"conditions", "fingerprint"} else f" (there {found.get(name)!r}, asked {manifest[name]!r})"
        )
        raise InputError(
            f"{at.parent} holds another atlas: its {name} differs{told}; give another folder, or the same parameters "
            "to go on"
        )


def _draw_all(scenes: Sequence[Scene], out: Path, seed: int, size: int, progress: bool) -> None:
    """Render and write the scenes, over the cores of the machine where that pays."""
    draw = partial(_draw_chunk, out=out, seed=seed, size=size)
    chunks = [scenes[at : at + _CHUNK] for at in range(0, len(scenes), _CHUNK)]
    workers = min(
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, len(chunks)
    )
    with tqdm(total=len(scenes), desc="draw", unit="image", disable=None if progress else True) as bar:
        for done in _spread(draw, chunks, workers) if len(scenes) >= _PAYS_OFF and workers > 1 else map(draw, chunks):
            bar.update(done)


def _spread(draw: "partial[int]", chunks: Sequence[Sequence[Scene]], workers: int) -> Iterator[int]:
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        running = [pool.submit(draw, chunk) for chunk in chunks]
        try:
            for finished in as_completed(running):
                yield finished.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _draw_chunk(scenes: Sequence[Scene], out: Path, seed: int, size: int) -> int:
    from PIL import Image

    from kg.atlas.render import render

    exif = Image.Exif()
    exif[_IMAGE_DESCRIPTION] = _NOTICE
    for scene in scenes:
        target = out / scene.filename
        partial_file = target.with_suffix(_PARTIAL)
        image = Image.fromarray(render(scene, seed, size))
        image.save(partial_file, "JPEG", quality=_QUALITY, comment=_NOTICE.encode(), exif=exif)
        partial_file.replace(target)
    return len(scenes)


def _write_tables(scenes: Sequence[Scene], out: Path, seed: int) -> None:
    import pyarrow.parquet as pq

    from kg.atlas.tables import DERM1M_COLUMNS, derm1m_row, truth_table

    captions = [write_caption(scene, seed) for scene in scenes]
    here = Path(__file__).parent
    shutil.copyfile(here / "source.toml", out / "source.toml")
    shutil.copyfile(here / "notice.txt", out / "README.txt")
    unfinished = out / f"truth{_PARTIAL}"
    pq.write_table(truth_table(scenes, captions), unfinished, compression="zstd")
    unfinished.replace(out / "truth.parquet")
    unfinished = out / f"pairs{_PARTIAL}"
    with unfinished.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(DERM1M_COLUMNS)
        writer.writerows(derm1m_row(scene, caption) for scene, caption in zip(scenes, captions, strict=True))
    unfinished.replace(out / "pairs.csv")


def _replace(path: Path, content: bytes) -> None:
    unfinished = path.with_name(path.name + _PARTIAL)
    unfinished.write_bytes(content)
    unfinished.replace(path)


@contextmanager
def _room_on_disk(out: Path) -> Iterator[None]:
    """Turn a full disk into an error that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise InputError(f"no space left for {out}; free some and run the same command again to go on") from error
        if error.errno in {errno.EACCES, errno.EROFS, errno.EPERM}:
            raise InputError(f"{error.filename or out} cannot be written: {error.strerror}") from error
        raise
