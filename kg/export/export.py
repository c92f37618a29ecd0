"""Selected pairs as files for training: CSV, TSV, Parquet, or WebDataset shards with the images in them."""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from kg.errors import InputError
from kg.facets import Codes, Facet, gather, locate
from kg.pairs import Relation
from kg.selection import Selection
from kg.sentences import ancestry, most_specific

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph
    from kg.ontology import Ontology

_TEXT, _TEXTS = pa.string(), pa.list_(pa.string())

EXPORT = pa.schema(
    [
        pa.field("pair", _TEXT, nullable=False),
        pa.field("image", _TEXT, nullable=False),
        pa.field("filepath", _TEXT),  # absolute; null where the image file was not found
        pa.field("text", _TEXT, nullable=False),  # in CSV and TSV also as `title`, the name that open_clip expects
        pa.field("text_kind", _TEXT, nullable=False),
        pa.field("source", _TEXT, nullable=False),
        pa.field("conditions", _TEXTS, nullable=False),  # CURIEs of the most specific depicted diseases, of any level
        pa.field("labels", _TEXTS, nullable=False),  # their names
        *(pa.field(f"level_{n}", _TEXT) for n in (1, 2, 3, 4)),  # CURIE of the first condition's tree ancestor
        pa.field("findings", _TEXTS, nullable=False),  # names, of what is present only, from here to history
        pa.field("artifacts", _TEXTS, nullable=False),
        pa.field("symptoms", _TEXTS, nullable=False),
        pa.field("sites", _TEXTS, nullable=False),
        pa.field("skin_tone", _TEXTS, nullable=False),  # several where annotators differ or both scales are used
        pa.field("history", _TEXTS, nullable=False),  # a disease of the history says whose: "melanoma (family)"
        pa.field("age", pa.float32()),  # years
        pa.field("sex", _TEXT),
        pa.field("modality", _TEXT),
        pa.field("patient", _TEXT),
        pa.field("lesion", _TEXT),
        pa.field("group", _TEXT, nullable=False),  # what splits do not divide
        pa.field("split", _TEXT),
        pa.field("source_split", _TEXT),
    ]
)
"""One row a pair. Parquet carries in the schema's metadata the ontology's version and hash, the build, the selection
and the licences of the sources (`describe`)."""

FORMATS = ("csv", "tsv", "parquet", "webdataset")
NO_IMAGE = "no image file"
_SUFFIXES = {".csv": "csv", ".tsv": "tsv", ".parquet": "parquet", "": "webdataset"}
_CLIMBS = r"(^|[/\\])\.\.([/\\]|$)|^[/\\]"
_FORMULA = "^[=+\\-@\t\r]"


@dataclass(frozen=True)
class ExportAccount:
    """What became of the selected pairs: `selected = written + sum(left_out.values())`."""

    path: Path
    format: str
    selected: int
    written: int
    without_image: int  # written, with an empty filepath
    left_out: dict[str, int] = field(default_factory=dict)  # by reason
    splits: dict[str, int] = field(default_factory=dict)  # written, by split
    escaped: int = 0  # cells that a spreadsheet would have run

    def as_dict(self) -> dict[str, Any]:
        """The account as plain values."""
        return {**self.__dict__, "path": str(self.path)}

    def as_text(self) -> str:
        """The account in a few lines."""
        lines = [f"{self.path}: {self.written:,} of {self.selected:,} selected pairs written ({self.format})"]
        lines += [f"  {count:,} in {split}" for split, count in self.splits.items()]
        lines += [f"  {count:,} left out: {reason}" for reason, count in self.left_out.items()]
        if self.without_image:
            lines.append(f"  {self.without_image:,} without an image file, filepath empty")
        if self.escaped:
            lines.append(f"  {self.escaped:,} cells escaped that a spreadsheet would run")
        return "\n".join(lines)


def export(
    graph: "KnowledgeGraph",
    selection: Selection,
    out: Path,
    *,
    format: str | None = None,
    require_images: bool = False,
    escape_formulas: bool = False,
) -> ExportAccount:
    """Write the selected pairs to `out` and return the account of them.

    The format is that of the suffix unless given: `.csv` (commas), `.tsv` (tabs; with `filepath` and `title` what
    open_clip takes by default), `.parquet`, or a folder of WebDataset shards. A pair without an image file is written
    with an empty `filepath`, unless `require_images`; WebDataset leaves it out always, and also pairs whose image
    cannot be decoded. `out` appears when it is complete. `escape_formulas` puts an apostrophe before cells that a
    spreadsheet would run (CSV and TSV). Raises `InputError` for an unknown format and when `out` cannot be written.
    """
    chosen = format or _SUFFIXES.get(out.suffix.lower())
    if chosen not in FORMATS:
        raise InputError(f"{out}: no format is known by its suffix; give --format, one of {', '.join(FORMATS)}")
    pairs = tabulate(graph, selection)
    selected = pairs.num_rows
    left_out: dict[str, int] = {}
    if require_images or chosen == "webdataset":
        pairs = pairs.filter(pc.is_valid(pairs["filepath"]))
        left_out[NO_IMAGE] = selected - pairs.num_rows
    escaped = 0
    with replacing(out) as part:
        if chosen == "webdataset":
            from kg.webdataset import write_shards

            pairs, unreadable = write_shards(pairs, part)
            left_out |= unreadable
        elif chosen == "parquet":
            import pyarrow.parquet as pq

            pq.write_table(pairs, part, compression="zstd")
        else:
            escaped = _write_csv(pairs, part, "\t" if chosen == "tsv" else ",", escape_formulas)
    return ExportAccount(
        path=out,
        format=chosen,
        selected=selected,
        written=pairs.num_rows,
        without_image=pairs["filepath"].null_count,
        left_out={reason: count for reason, count in left_out.items() if count},
        splits={str(c["values"]): c["counts"] for c in pc.value_counts(pairs["split"]).to_pylist()},
        escaped=escaped,
    )


def tabulate(graph: "KnowledgeGraph", selection: Selection) -> pa.Table:
    """The selected pairs as `EXPORT`, in the order of the graph."""
    selected = selection.apply(graph)
    said = _Said(graph.facts(columns=["pair", "relation", "term", "who"]), selected["pair"], graph.ontology)
    shows = said.facet(Relation.SHOWS)
    depicts = said.facet(Relation.DEPICTS, ordered=False)
    conditions = Facet(depicts.codes, said.most_specific(depicts.distinct))
    columns = {
        "filepath": _filepaths(selected),
        "conditions": conditions.map(list, _TEXTS),
        "labels": said.names(conditions),
        **{f"level_{n}": conditions.map(_level(graph.ontology, n), _TEXT) for n in (1, 2, 3, 4)},
        "findings": said.names(shows, "finding"),
        "artifacts": said.names(shows, "artifact"),
        "symptoms": said.names(said.facet(Relation.HAS_SYMPTOM)),
        "sites": said.names(said.facet(Relation.AT_SITE)),
        "skin_tone": said.names(said.facet(Relation.HAS_SKIN_TONE)),
        "history": said.histories(),
    }
    table = pa.table({name: columns[name] if name in columns else selected[name] for name in EXPORT.names})
    return table.cast(EXPORT).replace_schema_metadata(describe(graph, selection))


def describe(graph: "KnowledgeGraph", selection: Selection) -> dict[str, str]:
    """Where an export comes from: the ontology's version and hash, the build, the selection and sources (JSON)."""
    ontology = graph.info["ontology"]
    return {
        "ontology_version": ontology["version"],
        "ontology_sha256": ontology["sha256"],
        "build": graph.info["build"],
        "selection": json.dumps(selection.as_dict(), ensure_ascii=False),
        "sources": json.dumps(graph.sources().to_pylist(), ensure_ascii=False),
    }


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """A path beside `out` to write to; it takes the place of `out` when the block ends without an exception.

    An older export at `out` is replaced as a whole. Raises `InputError` when the disk refuses, and for a folder that
    holds anything but shards.
    """
    import shutil

    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    old = part.with_suffix(".old")
    if out.is_dir() and any(not _is_shard(file) for file in out.iterdir()):
        raise InputError(f"{out} holds other files than an export: name a folder that is new or empty")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        yield part
        if out.is_dir():
            out.rename(old)
        try:
            part.replace(out)
        except OSError:
            if old.exists():
                old.rename(out)
            raise
    except OSError as error:
        raise InputError(f"{out} cannot be written: {error.strerror or error}; what was there is unchanged") from error
    finally:
        for left in (part, old):
            if left.is_dir():
                shutil.rmtree(left)
            elif left.exists():
                left.unlink()


def _is_shard(file: Path) -> bool:
    return file.suffix == ".tar" or file.name in ("sizes.json", "export.json", "left_out.tsv")


class _Said:
    """The facts of some pairs, gathered by relation."""

    def __init__(self, facts: pa.Table, pairs: pa.ChunkedArray, ontology: "Ontology") -> None:
        rows = locate(facts["pair"], pairs)
        facts = facts.drop_columns("pair").append_column("row", pa.array(rows))
        self.facts = facts if rows.min(initial=0) >= 0 else facts.filter(rows >= 0)
        self.count = len(pairs)
        self.ontology = ontology
        self.terms = {term.curie: term for term in ontology.terms()}

    def facet(self, relation: Relation, *, ordered: bool = True) -> Facet:
        """The terms (CURIEs) that each pair has by a relation."""
        said = self._by(relation)
        return gather(_rows(said), said["term"], self.count, ordered=ordered)

    def names(self, facet: Facet, kind: str | None = None) -> pa.Array:
        """The labels of a facet's terms, of one kind where it is given."""

        def labels(curies: tuple[str, ...]) -> list[str]:
            terms = [self.terms[curie] for curie in curies]
            return [term.label for term in terms if kind in (None, term.kind)]

        return facet.map(labels, _TEXTS)

    def most_specific(self, combinations: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
        """Each combination of terms (CURIEs) without those that stand above another."""
        above = ancestry(self.ontology)
        terms = ([self.terms[curie] for curie in curies] for curies in combinations)
        return [tuple(term.curie for term in most_specific(combination, above)) for combination in terms]

    def histories(self) -> pa.Array:
        """The history of each pair: factors by name, diseases with whose they are."""
        said = self._by(Relation.HAS_HISTORY, Relation.HAS_HISTORY_OF)
        whose = pc.if_else(pc.equal(said["relation"], Relation.HAS_HISTORY_OF.value), said["who"], "")
        keys = pc.binary_join_element_wise(said["term"], whose, " ", null_handling="replace", null_replacement="")

        def names(values: tuple[str, ...]) -> list[str]:
            pairs = [value.partition(" ") for value in values]
            labels = [(self.terms[curie].label, who) for curie, _, who in pairs]
            return [f"{label} ({who})" if who else label for label, who in labels]

        return gather(_rows(said), keys, self.count).map(names, _TEXTS)

    def _by(self, *relations: Relation) -> pa.Table:
        return self.facts.filter(pc.is_in(self.facts["relation"], pa.array([r.value for r in relations])))


def _rows(facts: pa.Table) -> Codes:
    rows: Codes = facts["row"].to_numpy()
    return rows


def _level(ontology: "Ontology", number: int) -> Callable[[tuple[str, ...]], str | None]:
    @cache
    def ancestor(curie: str) -> str | None:
        found = ontology.level_ancestor(curie, number)
        return found.curie if found else None

    return lambda curies: ancestor(curies[0]) if curies else None


def _filepaths(images: pa.Table) -> pa.ChunkedArray:
    """Absolute paths of image files that are there and do not climb out of their folder; null for others."""
    usable = pc.and_(images["available"], pc.invert(pc.match_substring_regex(images["path"], _CLIMBS)))
    paths = pc.binary_join_element_wise(images["root"], images["path"], "/")
    return pc.if_else(usable, paths, pa.scalar(None, _TEXT))


def _write_csv(pairs: pa.Table, out: Path, delimiter: str, escape_formulas: bool) -> int:
    """Write lists joined by `|`; return the number of cells that were escaped."""
    from pyarrow import csv

    columns = {
        name: pc.binary_join(pairs[name], "|") if pa.types.is_list(pairs.schema.field(name).type) else pairs[name]
        for name in pairs.column_names
    }
    escaped = 0
    if escape_formulas:
        for name, column in columns.items():
            if pa.types.is_string(column.type):
                runs = pc.fill_null(pc.match_substring_regex(column, _FORMULA), False)
                escaped += pc.sum(runs).as_py() or 0
                columns[name] = pc.if_else(runs, pc.binary_join_element_wise("'", column, ""), column)
    columns["title"] = columns["text"]
    csv.write_csv(pa.table(columns), out, csv.WriteOptions(delimiter=delimiter))
    return escaped
