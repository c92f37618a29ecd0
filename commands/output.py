"""How answers are printed: text in columns, JSON, or a table file."""

import json
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from kg.errors import InputError
from kg.wording import counted

if TYPE_CHECKING:
    import pyarrow as pa


class TableFormat(StrEnum):
    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def echo_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def echo_record(record: dict[str, Any], indent: int = 0) -> None:
    margin = "  " * indent
    for name, value in record.items():
        if isinstance(value, dict):
            typer.echo(f"{margin}{name}:")
            echo_record(value, indent + 1)
        elif isinstance(value, list | tuple):
            typer.echo(f"{margin}{name}:" + "".join(f"\n{margin}  {item}" for item in value))
        else:
            typer.echo(
                f"{margin}{name}: {value:,}"
                if isinstance(value, int) and not isinstance(value, bool)
                else f"{margin}{name}: {value}"
            )


def echo_rows(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    cells = [tuple(header), *(tuple("" if value is None else str(value) for value in row) for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    for row in cells:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def write_table(table: "pa.Table", format: TableFormat, out: Path | None) -> None:
    if format is TableFormat.PARQUET and out is None:
        raise InputError("--format parquet needs --out FILE")
    if format is TableFormat.PARQUET:
        import pyarrow.parquet as pq

        pq.write_table(table, out)
    elif format is TableFormat.CSV:
        from pyarrow import csv

        csv.write_csv(_flat(table), out if out else sys.stdout.buffer)
    elif format is TableFormat.JSON:
        text = json.dumps(table.to_pylist(), ensure_ascii=False, indent=2, default=str)
        out.write_text(text + "\n", encoding="utf-8") if out else typer.echo(text)
    else:
        echo_rows(table.column_names, list(zip(*(c.to_pylist() for c in table.columns), strict=True)))
        typer.echo(counted(table.num_rows, "row"), err=True)


def _flat(table: "pa.Table") -> "pa.Table":
    """The table with lists and maps as JSON, and columns that are null throughout as text."""
    import pyarrow as pa

    for place, field in enumerate(table.schema):
        if pa.types.is_nested(field.type):
            texts = [
                None if value is None else json.dumps(value, ensure_ascii=False, default=str)
                for value in table.column(place).to_pylist()
            ]
            table = table.set_column(place, field.name, pa.array(texts, pa.string()))
        elif pa.types.is_null(field.type):
            table = table.set_column(place, field.name, table.column(place).cast(pa.string()))
    return table


def fail(message: str, code: int) -> None:
    typer.echo(f"derm1m: {message}", err=True)
    raise typer.Exit(code)
