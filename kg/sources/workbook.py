"""Sheets of an Excel workbook, read row by row."""

import datetime
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kg.errors import InputError

SUFFIXES = (".xlsx", ".xlsm")
_LARGEST = 2_000_000_000  # bytes of a workbook unpacked: a million rows of twenty cells take about one


@contextmanager
def open_sheet(path: Path, sheet: str | None) -> Iterator[Iterator[list[str]]]:
    """The rows of a sheet, by default the first, as texts; a formula is the value that was saved with it.

    Raises InputError if openpyxl is missing, the file is no workbook, is unreasonably large, or has no such sheet.
    """
    try:
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException
    except ImportError as error:
        raise InputError(f"{path}: reading a workbook needs openpyxl: pip install 'derm1m[xlsx]'") from error
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _LARGEST:
                raise InputError(f"{path}: unpacks to more than {_LARGEST:,} bytes; save the sheet as CSV")
        workbook = load_workbook(path, read_only=True, data_only=True)
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise InputError(f"{path}: not a readable workbook: {error}") from error
    try:
        names = workbook.sheetnames
        if sheet is not None and sheet not in names:
            raise InputError(f"{path}: no sheet {sheet!r}; there is {', '.join(names)}")
        page = workbook[sheet or names[0]]
        page.reset_dimensions()
        yield ([_text(cell) for cell in row] for row in page.iter_rows(values_only=True))
    finally:
        workbook.close()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
