"""Selected pairs as files for training: tables, WebDataset shards, or a folder of images."""

import csv
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tqdm import tqdm

from kg.errors import InputError
from kg.export.account import ExportAccount
from kg.export.card import render_card
from kg.export.composition import Composition
from kg.export.croissant import render_croissant
from kg.export.imagefolder import open_imagefolder
from kg.export.replacement import ACCOUNT, replacing
from kg.export.shortening import Shortener, Shortening
from kg.export.tables import CsvWriter, open_csv, open_json_lines, open_parquet
from kg.export.tabulation import Column, Part, describe, export_schema, iterate_parts
from kg.export.webdataset import SHARD_PAIRS, open_shards
from kg.groups import Groups
from kg.image_facts import ImageFacts, Mask
from kg.licences import find_licences
from kg.overlap import Overlap
from kg.reading_ahead import read_ahead
from kg.sampling import Sampling, sample
from kg.selection import Selection
from kg.wording import counted

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

FORMATS = ("csv", "tsv", "parquet", "jsonl", "webdataset", "imagefolder")
NO_IMAGE = "no image file"

_TEXT = ("csv", "tsv")
_FOLDERS = ("webdataset", "imagefolder")
_SUFFIXES = {".csv": "csv", ".tsv": "tsv", ".parquet": "parquet", ".jsonl": "jsonl", "": "webdataset"}


def export(
    graph: "KnowledgeGraph",
    selection: Selection,
    out: Path,
    *,
    format: str | None = None,
    separator: str | None = None,
    require_images: bool = False,
    allow_licences: Sequence[str] = (),
    sampling: Sampling | None = None,
    shortening: Shortening | None = None,
    escape_formulas: bool = False,
    shard_pairs: int | None = None,
) -> ExportAccount:
    """Write the selected pairs to `out`, beside it a data card and a Croissant description; return the account.

    The format is that of the suffix unless given: `.csv` and `.tsv` (`filepath` and `title` separated by tabs, what
    open_clip takes by default, or by `separator`), `.parquet`, `.jsonl`, or a folder: of WebDataset shards, or of
    images as Hugging Face's `imagefolder` has them. A pair without an image file is written with an empty `filepath`
    unless `require_images`; folders leave it out always, and also pairs whose image is cut off or no image.
    `allow_licences` leaves out the pairs of sources with another licence, `sampling` those of images that are not in
    the sample; `shortening` cuts long texts, and the whole ones stand beside them. `escape_formulas` puts an
    apostrophe before cells of delimited text that a spreadsheet would run. `out` appears when it is complete. Shards
    of the graph are read one after the other, so that memory does not grow with it. Raises `InputError` for an unknown
    format or licence, for an option that the format does not heed, and when `out` cannot be written.
    """
    chosen = _choose_format(out, format)
    _check_options(chosen, separator, escape_formulas=escape_formulas, shard_pairs=shard_pairs)
    separator = separator or "\t"
    sampling = sampling or Sampling()
    sampling.check(graph.ontology)
    pairs = _Pairs(graph, selection, allow_licences, need_image=require_images or chosen in _FOLDERS)
    unsampled = None if sampling.takes_all else sample(pairs.describe_images(), sampling)
    shortener = Shortener(shortening)
    origin = describe(graph, selection)
    if unsampled is not None:
        origin["sample"] = json.dumps(sampling.as_dict())
    schema = export_schema(shortened=shortening is not None)
    composition, left_out, unused = Composition(), Counter[str](), _Unused()
    with replacing(out) as folder:
        data = folder / out.name
        opened = {
            "parquet": lambda: open_parquet(data, schema, origin),
            "jsonl": lambda: open_json_lines(data),
            "webdataset": lambda: open_shards(data, shard_pairs=shard_pairs or SHARD_PAIRS),
            "imagefolder": lambda: open_imagefolder(data),
        }
        text = partial(open_csv, data, schema, separator=separator, escape_formulas=escape_formulas)
        with (
            opened.get(chosen, text)() as writer,
            tqdm(desc="write pairs", unit="pair", unit_scale=True, disable=None) as bar,
        ):
            for kept in read_ahead(pairs.keep(left_out, unsampled)):
                part = shortener.shorten(kept)
                reasons = writer.write(part)
                composition.add(part if reasons is None else unused.take_out(part, reasons, left_out))
                bar.update(len(part))
        if data.is_dir():
            unused.write(data / "left_out.tsv")
        account = ExportAccount(
            path=out,
            format=chosen,
            selected=composition.pairs + left_out.total(),
            composition=composition,
            left_out=dict(left_out),
            separator=separator if chosen in _TEXT else None,
            shortened=shortener.account(),
            escaped=writer.escaped if isinstance(writer, CsvWriter) else 0,
            companions=_companions(out, chosen),
            **_tell_overlaps(graph, composition),
        )
        if not composition.pairs:
            said = (
                "all that are were left out"
                if left_out
                else f"of {counted(graph.info['pairs'], 'pair')} none is as asked"
            )
            account = replace(account, warnings=(f"{out} is empty: {said}",))
        _write_companions(account, origin, schema, folder, data)
    return account


class _Pairs:
    """The selected pairs that may be written."""

    def __init__(
        self, graph: "KnowledgeGraph", selection: Selection, allow_licences: Sequence[str], *, need_image: bool
    ) -> None:
        self._graph = graph
        self._selection = selection
        self._need_image = need_image
        sources = graph.sources()
        licences = sources["licence"].to_pylist()
        allowed = find_licences(licences, allow_licences) if allow_licences else licences
        self._sources = sources["source"]
        self._refused = pa.array(
            [None if name in allowed else f"licence {name or 'not stated'} is not allowed" for name in licences],
            pa.string(),
        )

    def keep(self, left_out: Counter[str], unsampled: Sequence[str | None] | None = None) -> Iterator[Part]:
        """The pairs that are kept, shard by shard; the others are counted. `unsampled` has a reason for each image."""
        start = 0
        for whole in iterate_parts(self._graph, self._selection):
            source = pc.index_in(whole.images["source"], value_set=self._sources)
            part = _leave_out(whole, whole.of_pairs(self._refused.take(source)), left_out)
            if self._need_image:
                missing = pc.if_else(pc.is_null(part.images["filepath"]), NO_IMAGE, pa.scalar(None, pa.string()))
                part = _leave_out(part, part.of_pairs(missing), left_out)
            if unsampled is not None:
                reasons = pa.array(unsampled[start : start + whole.images.num_rows], pa.string())
                start += whole.images.num_rows
                part = _leave_out(part, part.of_pairs(reasons), left_out)
            yield part

    def describe_images(self) -> Iterator[tuple[pa.ChunkedArray, Mask, ImageFacts]]:
        """The images of each shard, those of them that have a pair, and their facts."""
        for part in self.keep(Counter()):
            yield part.images["image"], part.image_weights() > 0, part.facts


class _Unused:
    """The pairs that a writer could not use, by name."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, ...]] = []

    def take_out(self, part: Part, reasons: pa.Array, left_out: Counter[str]) -> Part:
        """The pairs that no reason is given for."""
        left = pc.is_valid(reasons)
        columns = [part.pairs["pair"], part.of_pairs(part.images["image"]), reasons]
        self._rows += zip(*(column.filter(left).to_pylist() for column in columns), strict=True)
        return _leave_out(part, reasons, left_out)

    def write(self, path: Path) -> None:
        if not self._rows:
            return
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter="\t", lineterminator="\n")
            writer.writerow(("pair", "image", "reason"))
            writer.writerows(self._rows)


def _choose_format(out: Path, format: str | None) -> str:
    chosen = format or _SUFFIXES.get(out.suffix.lower())
    if chosen not in FORMATS:
        raise InputError(f"{out}: no format is known by its suffix; give --format, one of {', '.join(FORMATS)}")
    return chosen


def _check_options(format: str, separator: str | None, *, escape_formulas: bool, shard_pairs: int | None) -> None:
    """Raise `InputError` for an option that the format would not heed."""
    if separator is not None and format not in _TEXT:
        raise InputError(f"--separator is of .csv, and this is {format}: leave it out")
    if separator is not None and (len(separator) != 1 or separator in '"\r\n'):
        raise InputError(f"{separator!r} cannot separate cells: give one character, and no quote or line end")
    if format == "tsv" and separator not in (None, "\t"):
        raise InputError("cells of a .tsv are separated by tabs: name a .csv, or leave out --separator")
    if escape_formulas and format not in _TEXT:
        raise InputError(f"--escape-formulas is of .csv and .tsv, and this is {format}: leave it out")
    if shard_pairs is not None and format != "webdataset":
        raise InputError(f"--shard-pairs is of WebDataset folders, and this is {format}: leave it out")


def _leave_out(part: Part, reasons: Column, left_out: Counter[str]) -> Part:
    """The pairs that no reason is given for; the others are counted."""
    if reasons.null_count == len(reasons):
        return part
    left_out.update({entry["values"]: entry["counts"] for entry in pc.value_counts(reasons.drop_null()).to_pylist()})
    return part.filter(np.asarray(pc.is_null(reasons)))


def _tell_overlaps(graph: "KnowledgeGraph", composition: Composition) -> dict[str, tuple[str, ...]]:
    """What the sources of an export share: where splits keep it together, and where they may divide it."""
    groups, written = Groups.of_graph(graph), {name for name, _, _ in composition.sources.rows()}
    joined, warnings = [], []
    for each in (Overlap(**told) for told in graph.info.get("overlaps", ())):
        if not {each.one, each.other} <= written:
            continue
        if groups.are_joined(each.one, each.other):
            joined.append(each.as_text())
        elif each.names:
            warnings.append(
                f"{each.as_text()}; splits do not know whether equal names are the same picture: "
                "export one of the two with --source, or give both one namespace"
            )
        else:
            joined.append(each.as_text())
    return {"joined": tuple(joined), "warnings": tuple(warnings)}


def _companions(out: Path, format: str) -> tuple[Path, ...]:
    if format in _FOLDERS:
        return (out / "README.md", out / "croissant.json")
    return (out.with_name(f"{out.name}.card.md"), out.with_name(f"{out.name}.croissant.json"))


def _write_companions(
    account: ExportAccount, origin: dict[str, str], schema: pa.Schema, folder: Path, data: Path
) -> None:
    """The data card, the Croissant description, and in a folder also where the export comes from."""
    card, croissant = (folder / path.relative_to(account.path.parent) for path in account.companions)
    name = account.path.name
    card.write_text(render_card(account, origin, name), encoding="utf-8")
    croissant.write_text(render_croissant(account, origin, name, data, schema), encoding="utf-8")
    if data.is_dir():
        text = json.dumps(origin, indent=1, ensure_ascii=False)
        (data / ACCOUNT).write_text(f"{text}\n", encoding="utf-8")
