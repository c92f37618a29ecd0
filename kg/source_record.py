"""What a build made of one source, kept beside the shards, so that a later build can take it over unchanged."""

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pyarrow as pa

from kg import sources
from kg.account import SourceAccount
from kg.alignment import UNLINKED
from kg.graph import FORMAT
from kg.pairs import COUNTS, REJECTS
from kg.sources import SourceSpec
from kg.tables import SHARDED, write_table

if TYPE_CHECKING:
    from kg.ontology import Ontology

_FOLDER = "sources"
_TABLES = {"rejects": REJECTS, "unlinked": UNLINKED, "counts": COUNTS}
_DATA = {".py", ".toml", ".tsv"}
_LIBRARIES = ("ahocorasick-rs", "jinja2", "pyarrow")


@dataclass(frozen=True)
class SourceRecord:
    """A source in a build: `fingerprint` is of all that its shards depend on."""

    fingerprint: str
    shards: tuple[str, ...]
    files: dict[str, str]  # SHA-256 of each file read
    account: SourceAccount
    rejects: pa.Table  # REJECTS
    unlinked: pa.Table  # UNLINKED
    counts: pa.Table  # COUNTS

    def write(self, build: Path) -> None:
        """Keep the record in a build."""
        folder = _folder(build, self.account.source)
        folder.mkdir(parents=True)
        for name in _TABLES:
            write_table(folder / f"{name}.parquet", getattr(self, name))
        told = {"fingerprint": self.fingerprint, "shards": self.shards, "files": self.files}
        text = json.dumps({**told, "account": asdict(self.account)}, indent=1, ensure_ascii=False)
        (folder / "record.json").write_text(text + "\n", encoding="utf-8")


def find(build: Path, source: str, fingerprint: str) -> SourceRecord | None:
    """The record of a source in a build, where it was made of the same."""
    import pyarrow.parquet as pq

    folder = _folder(build, source)
    try:
        told = json.loads((folder / "record.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    if told["fingerprint"] != fingerprint:
        return None
    tables = {name: pq.read_table(folder / f"{name}.parquet").cast(schema) for name, schema in _TABLES.items()}
    account = SourceAccount(**told["account"] | {"notes": tuple(told["account"]["notes"])})
    return SourceRecord(fingerprint, tuple(told["shards"]), told["files"], account, **tables)


def take_over(record: SourceRecord, earlier: Path, build: Path) -> None:
    """The shards of a record in another build too: the same files where the disk can, else copies."""
    for name in record.shards:
        for table in SHARDED:
            (build / table).mkdir(exist_ok=True)
            _link(earlier / table / f"{name}.parquet", build / table / f"{name}.parquet")


def _link(file: Path, to: Path) -> None:
    try:
        to.hardlink_to(file)
    except OSError:
        shutil.copy2(file, to)


def _folder(build: Path, source: str) -> Path:
    return build / _FOLDER / quote(source, safe="")


def fingerprint(spec: SourceSpec, path: Path, ontology: "Ontology") -> str:
    """A hash of all that the shards of a source depend on: its files, their specification, the ontology, the code."""
    parts = [FORMAT, _code(), ontology.sha256, repr(spec), sources.inputs(spec, path)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@cache
def _code() -> str:
    """A hash of this package and of the versions of the libraries on which the tables depend."""
    root = Path(__file__).parent
    digest = hashlib.sha256(" ".join(version(name) for name in _LIBRARIES).encode())
    for file in sorted(path for path in root.rglob("*") if path.suffix in _DATA):
        digest.update(file.relative_to(root).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()
