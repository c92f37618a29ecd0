"""All image files of a graph or source looked at, by several processes; and the bad ones put aside."""

import multiprocessing
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tqdm import tqdm

from kg.pictures.inspection import DEADLY, INSPECTED, inspect
from kg.pictures.ledger import Ledger
from kg.wording import counted

_BATCH = 1_000
_CHUNK = 16
_SHOWN = 5
_PLACE = ["root", "path"]

Place = tuple[str, str]  # root, path
Row = dict[str, Any]  # of INSPECTED


@dataclass(frozen=True)
class PictureReport:
    """What was found of the files of images."""

    pictures: pa.Table  # image, source and the columns of INSPECTED, for each image with a path
    without_path: int  # images that no file was found for when they were read
    looked_at: int  # files that were opened now; the others are as they were at an earlier look

    @property
    def reasons(self) -> dict[str, int]:
        """Images that cannot be used, by reason."""
        return dict(Counter(self.pictures["reason"].drop_null().to_pylist()).most_common())

    @property
    def turned(self) -> int:
        """Images that their EXIF data asks to turn."""
        return pc.sum(pc.greater(self.pictures["orientation"], 1)).as_py() or 0

    def duplicates(self) -> list[list[str]]:
        """Images (ids) whose files are the same bytes, those of several sources first, then the largest groups."""
        good = self.pictures.filter(pc.is_valid(self.pictures["sha256"]))
        grouped = good.group_by("sha256", use_threads=False).aggregate(
            [("image", "list"), ("source", "count_distinct")]
        )
        same = grouped.filter(pc.greater(pc.list_value_length(grouped["image_list"]), 1)).to_pylist()
        same.sort(key=lambda row: (-row["source_count_distinct"], -len(row["image_list"]), row["image_list"]))
        return [sorted(row["image_list"]) for row in same]

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        sizes = np.minimum(*(pc.fill_null(self.pictures[name], 0).to_numpy() for name in ("width", "height")))
        bad = self.pictures.filter(pc.is_valid(self.pictures["reason"])).select(["image", "path", "reason"])
        good = sizes[np.asarray(pc.is_null(self.pictures["reason"]))]
        return {
            "images": len(self.pictures) + self.without_path,
            "without_file": self.without_path,
            "looked_at": self.looked_at,
            "usable": len(good),
            "quarantined": self.reasons,
            "turned_by_exif": self.turned,
            "short_side": dict(zip(("smallest", "median", "largest"), _spread(good), strict=True)),
            "formats": dict(Counter(self.pictures["format"].drop_null().to_pylist()).most_common()),
            "duplicates": self.duplicates(),
            "bad": bad.to_pylist(),
        }

    def as_text(self) -> str:
        """A few lines."""
        said = self.as_dict()
        spread = said["short_side"].values()
        lines = [
            f"{said['usable']:,} of {counted(said['images'], 'image')} can be used; "
            f"{counted(said['looked_at'], 'file')} opened now",
            f"  short side {' · '.join(map(str, spread))} pixels (smallest, median, largest)" if said["usable"] else "",
            f"  {said['without_file']:,} without a file" if said["without_file"] else "",
            *(f"  {count:,} put aside: {reason}" for reason, count in said["quarantined"].items()),
            *(f"    {row['image']}: {row['path']}: {row['reason']}" for row in said["bad"][:_SHOWN]),
            f"  {said['turned_by_exif']:,} are turned by their EXIF data" if said["turned_by_exif"] else "",
        ]
        groups = said["duplicates"]
        if groups:
            lines.append(f"  {counted(len(groups), 'file')} there more than once, as {sum(map(len, groups)):,} images")
            lines += [
                f"    {', '.join(group[:_SHOWN])}{' …' if len(group) > _SHOWN else ''}" for group in groups[:_SHOWN]
            ]
        return "\n".join(filter(None, lines))


def check_pictures(
    images: pa.Table, ledger: Ledger, *, workers: int | None = None, progress: bool = True
) -> PictureReport:
    """Look at the files of `images` (IMAGES) that have a path, with `workers` processes (default: one a core).

    Files that are in the ledger with the same time and size are not opened again. It can be stopped at any moment and
    started again.
    """
    wanted = images.filter(pc.and_(pc.is_valid(images["root"]), pc.is_valid(images["path"])))
    wanted = wanted.select(["image", "source", *_PLACE]).append_column("row", pa.array(np.arange(len(wanted))))
    known = _find(wanted, ledger.read())
    changed = _have_changed(known)
    fresh = known.filter(changed)
    places = list(zip(fresh["root"].to_pylist(), fresh["path"].to_pylist(), strict=True))
    for rows in _inspect_all(places, workers or os.cpu_count() or 1, progress=progress):
        ledger.add(rows)
    if places:
        ledger.compact()
        known = _find(wanted, ledger.read())
    pictures = wanted.join(known, keys=_PLACE, join_type="inner").sort_by("row")
    named = [pictures[name] for name in ("image", "source")]
    found = pictures.select(INSPECTED.names).cast(INSPECTED)
    pictures = pa.table([*named, *found.columns], names=["image", "source", *INSPECTED.names])
    return PictureReport(pictures, len(images) - len(wanted), len(places))


def _find(wanted: pa.Table, seen: pa.Table) -> pa.Table:
    """The places that are wanted, each once, with what was seen there: INSPECTED, null where nothing was."""
    places = wanted.group_by(_PLACE, use_threads=False).aggregate([])
    seen = seen.filter(pc.is_in(seen["path"], value_set=places["path"].combine_chunks()))
    return places.join(seen, keys=_PLACE, join_type="left outer")


def _have_changed(known: pa.Table) -> pa.Array:
    """Whether each file is another than the one that was seen, or none was."""
    columns = [known[name].to_pylist() for name in (*_PLACE, "mtime_ns", "bytes")]
    return pa.array([not _is_unchanged(*row) for row in zip(*columns, strict=True)], pa.bool_())


def quarantine(images: pa.Table, report: PictureReport) -> pa.Table:
    """The images (IMAGES) with those whose file cannot be used no longer available."""
    bad = report.pictures.filter(pc.is_valid(report.pictures["reason"]))["image"]
    usable = pc.and_(images["available"], pc.invert(pc.is_in(images["image"], value_set=bad)))
    place = images.schema.get_field_index("available")
    return images.set_column(place, images.schema.field(place), usable)


def have_changed(images: pa.Table, report: PictureReport) -> bool:
    """Whether a file has become unusable, or usable again, since the images (IMAGES) were written."""
    return not quarantine(_found(images), report)["available"].equals(images["available"])


def _found(images: pa.Table) -> pa.Table:
    """The images with every one available that has a path."""
    place = images.schema.get_field_index("available")
    return images.set_column(place, images.schema.field(place), pc.is_valid(images["path"]))


def _is_unchanged(root: str, path: str, mtime_ns: int | None, size: int | None) -> bool:
    if mtime_ns is None:
        return False
    try:
        stat = Path(root, path).stat()
    except OSError:
        return False
    return (stat.st_mtime_ns, stat.st_size) == (mtime_ns, size)


def _inspect_all(places: Sequence[Place], workers: int, *, progress: bool) -> Iterator[list[Row]]:
    """The rows of the files, batch by batch."""
    with tqdm(total=len(places), desc="check images", unit="image", disable=None if progress else True) as bar:
        for start in range(0, len(places), _BATCH):
            batch = places[start : start + _BATCH]
            chunks = [batch[i : i + _CHUNK] for i in range(0, len(batch), _CHUNK)]
            rows: list[Row] = []
            with _pool(min(workers, len(chunks))) as pool:
                for chunk, found in [(chunk, pool.submit(_inspect_some, chunk)) for chunk in chunks]:
                    try:
                        rows += found.result()
                    except BrokenProcessPool:
                        rows += _inspect_apart(chunk)
                    bar.update(len(chunk))
            yield rows


def _inspect_some(places: Sequence[Place]) -> list[Row]:
    return [inspect(*place) for place in places]


def _inspect_apart(places: Sequence[Place]) -> list[Row]:
    """The rows of files one of which may end its process: halved until it is alone."""
    try:
        with _pool(1) as pool:
            return pool.submit(_inspect_some, places).result()
    except BrokenProcessPool:
        if len(places) == 1:
            return [{"root": places[0][0], "path": places[0][1], "reason": DEADLY}]
        half = len(places) // 2
        return _inspect_apart(places[:half]) + _inspect_apart(places[half:])


def _pool(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))


def _spread(sizes: "np.ndarray[Any, Any]") -> list[int]:
    return [int(sizes.min()), int(np.median(sizes)), int(sizes.max())] if len(sizes) else [0, 0, 0]
