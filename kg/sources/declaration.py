"""A source as its TOML file declares it."""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from kg.errors import InputError
from kg.reviewed_labels import ReviewedLabels, read_reviewed_labels
from kg.sources.block import Block, word
from kg.sources.cells import fields, fold
from kg.sources.specification import (
    CELLS,
    MODALITIES,
    POLARITIES,
    ROLES,
    SEXES,
    SPLITS,
    Fact,
    ImageColumns,
    Join,
    Meaning,
    SourceSpec,
    SplitFile,
    TableFile,
    View,
)


def load_specification(path: Path, name: str | None = None) -> SourceSpec:
    """The specification in a TOML file, named after the file unless `name` is given.

    A `mapping` that it names, a table of reviewed labels beside it, is read too: what `values` leaves open is said by
    the mapping. Raises InputError where a file cannot be read, or the TOML lacks an entry or has one that is not known.
    """
    try:
        content = path.read_bytes()
        data = tomllib.loads(content.decode("utf-8-sig"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not valid TOML: {error}") from error
    block = Block(str(path), data)
    spec = SourceSpec(
        name=name or path.stem,
        title=block.text("title", required=True),
        licence=block.text("licence", required=True),
        citation=block.text("citation", required=True),
        url=block.text("url") or None,
        format_seen=block.text("format_seen", required=True),
        tables=tuple(_table(each) for each in block.blocks("table", required=True)),
        image=_image(block.block("image")),
        captions=block.words("captions"),
        facts=tuple(_fact(each) for each in block.blocks("fact")),
        joins=tuple(_join(each) for each in block.blocks("join")),
        split_files=tuple(_split_file(each) for each in block.blocks("split_file")),
        placeholders=block.words("placeholders"),
        root=block.text("root") or ".",
        sha256=hashlib.sha256(content).hexdigest(),
    )
    mapping = block.text("mapping")
    block.finish()
    _check(spec, block)
    return _reviewed(spec, read_reviewed_labels(path.parent / mapping)) if mapping else spec


def template(text: str) -> str:
    """A template with `{column}` places; a bare column name stands for itself.

    Raises ValueError if its braces do not match.
    """
    if "{" not in text:
        return f"{{{text}}}"
    fields(text)
    return text


def _template(block: Block, name: str, required: bool = False) -> str | None:
    text = block.text(name, required)
    try:
        return template(text) if text else None
    except ValueError as error:
        raise block.error(f"{name!r} is {text!r}: {error}") from error


def _check(spec: SourceSpec, block: Block) -> None:
    named = {view.name for view in spec.image.views}
    for fact in spec.all_facts:
        if unknown := set(fact.views) - named:
            raise block.error(f"a fact of {fact.columns[0]!r} is of view {min(unknown)!r}, which is not declared")
    taken = [column for join in spec.joins for column in join.columns]
    if twice := [column for column in taken if taken.count(column) > 1]:
        raise block.error(f"two joins take over a column {twice[0]!r}")


def _table(block: Block) -> TableFile:
    table = TableFile(
        file=block.text("file"),
        images=block.text("images"),
        separator=block.text("separator") or None,
        header=_line(block),
        sheet=block.text("sheet") or None,
        split=block.choice("split", (*SPLITS, ""), default="") or None,
    )
    block.finish()
    if bool(table.file) == bool(table.images):
        raise block.error("give either 'file', a table, or 'images', a pattern of image files that are the rows")
    return table


def _line(block: Block) -> int:
    line = block.take("header", int)
    if line is not None and line < 1:
        raise block.error(f"'header' is {line}, must be the line of the header, from 1")
    return line or 1


def _image(block: Block) -> ImageColumns:
    key = _template(block, "key", required=True) or ""
    views = []
    for each in block.blocks("view"):
        views.append(
            View(
                path=_template(each, "path", required=True) or "",
                name=each.text("name", required=True),
                modality=each.cell("modality", MODALITIES),
            )
        )
        each.finish()
    if not views:
        views = [View(path=_template(block, "path") or key, modality=block.cell("modality", MODALITIES))]
    image = ImageColumns(
        key=key,
        views=tuple(views),
        prefix=block.text("prefix"),
        patient=_template(block, "patient"),
        lesion=_template(block, "lesion"),
        case=_template(block, "case"),
        age=block.cell("age", constant=False),
        sex=block.cell("sex", (*SEXES, ""), constant=False),
        split=block.cell("split", (*SPLITS, ""), constant=False),
        optional=block.words("optional"),
        namespace=block.text("namespace") or None,
    )
    block.finish()
    return image


def _fact(block: Block) -> Fact:
    values = block.take("values", dict)
    fact = Fact(
        role=block.choice("role", ROLES),
        column=block.text("column") or None,
        term=block.text("term") or None,
        values={word(k): _meanings(block, v) for k, v in values.items()} if values is not None else None,
        separator=block.text("separator") or None,
        cells=block.choice("cells", (*CELLS, ""), default="") or None,
        certain=block.number("certain"),
        terms=block.names("terms"),
        present=block.words("present"),
        absent=block.words("absent"),
        uncertain=block.words("uncertain"),
        polarity=block.choice("polarity", POLARITIES, default="present"),
        who=block.text("who") or None,
        annotator=block.text("annotator") or None,
        confirmed_by=block.cell("confirmed_by"),
        value=block.text("value") or None,
        unit=block.text("unit") or None,
        weight=block.text("weight") or None,
        rank=block.take("rank", int),
        placeholders=block.words("placeholders"),
        views=block.words("views"),
        optional=block.flag("optional"),
    )
    block.finish()
    if (fact.column is None) == (fact.terms is None):
        raise block.error("give either 'column' or 'terms'")
    if fact.terms and not fact.present:
        raise block.error("'terms' needs 'present', the cells that say yes")
    if fact.cells and (fact.column is None or fact.separator or fact.weight):
        raise block.error("'cells' goes with 'column', without 'separator' and 'weight'")
    if fact.certain is not None and fact.cells != "weights":
        raise block.error("'certain' goes with cells = \"weights\"")
    return fact


def _meanings(block: Block, value: Any) -> tuple[Meaning, ...]:
    """One value's entry: a name, `""` for nothing, a table of term and polarity, or a list of these."""
    if isinstance(value, list):
        return tuple(meaning for each in value for meaning in _meanings(block, each))
    if isinstance(value, str):
        return (Meaning(value),) if value else ()
    if not isinstance(value, dict):
        raise block.error(f"'values' says {value!r}, must be a name, a table of term and polarity, or a list of these")
    inner = Block(f"{block.where}, values", value)
    meaning = Meaning(inner.text("term", required=True), inner.choice("polarity", POLARITIES, default="present"))
    inner.finish()
    return (meaning,)


def _join(block: Block) -> Join:
    drop: Mapping[str, Any] | None = block.take("drop", dict)
    join = Join(
        file=block.text("file", required=True),
        key=_template(block, "key", required=True) or "",
        of=_template(block, "of", required=True) or "",
        separator=block.text("separator") or None,
        header=_line(block),
        sheet=block.text("sheet") or None,
        optional=block.flag("optional"),
        drop={name: word(value) for name, value in drop.items()} if drop else None,
        columns=block.words("columns"),
        facts=tuple(_fact(each) for each in block.blocks("fact")),
        title=block.text("title") or None,
        licence=block.text("licence") or None,
        citation=block.text("citation") or None,
    )
    block.finish()
    if join.licence and not join.title:
        raise block.error("a 'licence' of the joined file needs its 'title'")
    if not join.columns and not join.facts:
        raise block.error("a join needs 'columns' to take over, or a [[join.fact]]")
    return join


def _split_file(block: Block) -> SplitFile:
    split = SplitFile(
        file=block.text("file", required=True),
        column=block.text("column", required=True),
        split=block.choice("split", SPLITS),
        by=block.choice("by", ("key", "position"), default="key"),
    )
    block.finish()
    return split


def _reviewed(spec: SourceSpec, labels: ReviewedLabels) -> SourceSpec:
    """The specification with what the reviewed labels say added to the `values` of facts whose cells are names."""

    def extend(facts: Iterable[Fact]) -> tuple[Fact, ...]:
        return tuple(_extend(fact, labels) for fact in facts)

    joins = tuple(replace(join, facts=extend(join.facts)) for join in spec.joins)
    return replace(spec, facts=extend(spec.facts), joins=joins)


def _extend(fact: Fact, labels: ReviewedLabels) -> Fact:
    if fact.column is None or fact.term is not None:
        return fact
    said = {fold(value) for value in fact.values or {}}
    more = {
        label: (Meaning(term, fact.polarity),) if term else ()
        for label, term in labels.of(fact.role).items()
        if fold(label) not in said
    }
    return replace(fact, values={**(fact.values or {}), **more}) if more else fact
