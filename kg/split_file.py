"""Splits that were decided once and written down: later exports take them, and add only groups that are new."""

import csv
import os
import re
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from kg.errors import InputError
from kg.splits import SPLITS

_HEADER = re.compile(r"# seed (?P<seed>-?\d+), shares (?P<shares>[\d.,e-]+)(?:, balanced by (?P<by>[\w ]+))?")


@dataclass(frozen=True)
class SplitFile:
    """The split of each group, and how it was decided."""

    groups: pa.Array
    splits: pa.Array  # train, val or test for each group
    seed: int
    shares: tuple[float, ...]
    by: str | None  # what the shares were kept for, as `kg.classes` names it; None where only the hash decided

    def look_up(self, groups: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
        """The split of each group, null where the file does not have it."""
        return self.splits.take(pc.index_in(groups, value_set=self.groups))


def read_split_file(path: Path) -> SplitFile:
    """Read what `write_split_file` wrote. Raises `InputError` with the line that is wrong."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            said = _HEADER.fullmatch(file.readline().strip())
            rows = list(csv.reader(file, delimiter="\t"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: no split file can be read there ({error}); --stratify writes one") from error
    if not said or not rows or rows[0] != ["group", "split"]:
        raise InputError(f"{path}: not a split file: it begins with a line of seed and shares, then group and split")
    first: dict[str, int] = {}
    for number, row in enumerate(rows[1:], start=3):
        if len(row) != 2 or row[1] not in SPLITS:
            raise InputError(f"{path}, line {number}: a group and one of {', '.join(SPLITS)} were expected")
        if first.setdefault(row[0], number) != number:
            raise InputError(f"{path}, line {number}: the group {row[0]} has a split already, in line {first[row[0]]}")
    groups, splits = zip(*rows[1:], strict=True) if len(rows) > 1 else ((), ())
    shares = tuple(float(share) for share in said["shares"].split(","))
    return SplitFile(
        pa.array(groups, pa.string()), pa.array(splits, pa.string()), int(said["seed"]), shares, said["by"]
    )


def write_split_file(path: Path, splits: SplitFile) -> None:
    """Write the file as a whole, in the order of `splits`; an older one is there until it is complete."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    shares = ",".join(f"{share:g}" for share in splits.shares)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8", newline="") as file:
            by = f", balanced by {splits.by}" if splits.by else ""
            file.write(f"# seed {splits.seed}, shares {shares}{by}\n")
            writer = csv.writer(file, delimiter="\t", lineterminator="\n")
            writer.writerow(("group", "split"))
            writer.writerows(zip(splits.groups.to_pylist(), splits.splits.to_pylist(), strict=True))
        part.replace(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
