"""The Croissant description of an export: JSON-LD that data-set tools read (MLCommons Croissant 1.0)."""

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from kg.export.account import ExportAccount
from kg.export.imagefolder import COLUMNS, METADATA, iterate_files
from kg.export.records import LIST_SEPARATOR
from kg.export.tables import TITLES
from kg.licences import NOT_STATED, split_licence

CONFORMS_TO = "http://mlcommons.org/croissant/1.0"

_MEDIA = {
    "parquet": "application/x-parquet",
    "jsonl": "application/jsonlines",
}

_BUILD = re.compile(r"([1-9]\d{3})(\d\d)(\d\d)T(\d{6})Z")

_MEMBERS = (
    ("images", "image", ["*.jpg", "*.png", "*.webp"], ["image/jpeg", "image/png", "image/webp"], "sc:ImageObject"),
    ("texts", "text", "*.txt", "text/plain", "sc:Text"),
    ("facts", "facts", "*.json", "application/json", "sc:Text"),
)
"""The members of shards: record set, field, names, media types and type of the field."""

_TEXT = ("text/csv", "text/tab-separated-values")

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context that the format prescribes word for word."""


def render_croissant(account: ExportAccount, origin: dict[str, str], name: str, data: Path, schema: pa.Schema) -> str:
    """The description as JSON text; `data` is the file or folder that was written, with the columns of `schema`."""
    sources = {source["source"]: source for source in json.loads(origin["sources"])}
    written = [sources[name] for name, _, _ in account.composition.sources.rows()]
    build = origin["build"]
    files, record_sets = _describe_data(account, data, schema)
    described = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": name,
        "description": (
            f"{account.written:,} image–text pairs of dermatology, exported from build {build} of a knowledge graph "
            f"with ontology {origin['ontology_version']}. Research only, not for clinical use. "
            f"Selection: {origin['selection']}" + (f" Sample: {origin['sample']}" if "sample" in origin else "")
        ),
        **_date(build),
        "license": list(
            dict.fromkeys(part for each in written for part in split_licence(each["licence"] or NOT_STATED))
        )
        or None,
        "citeAs": " ".join(source["citation"] for source in written if source["citation"]) or None,
        "url": "https://w3id.org/derm1m/",
        "distribution": files,
        "recordSet": record_sets or None,
    }
    told = {key: value for key, value in described.items() if value is not None}
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _date(build: str) -> dict[str, str]:
    """The version, as semantic versioning has them, and the date of a build that has its time in its id."""
    if not (found := _BUILD.match(build)):
        return {"version": build}
    year, month, day, time = found.groups()
    version = f"{year}.{int(month + day)}.{int(time)}+{build}"
    return {"version": version, "datePublished": f"{year}-{month}-{day}"}


_Nodes = list[dict[str, Any]]


def _describe_data(account: ExportAccount, data: Path, schema: pa.Schema) -> tuple[_Nodes, _Nodes]:
    """The files of an export, and its record sets."""
    if account.format == "webdataset":
        return _describe_shards(data)
    if account.format == "imagefolder":
        metadata = [
            _file_object(file, _MEDIA["jsonl"], f"{file.parent.name}/{METADATA}") for file in iterate_files(data)
        ]
        images = _file_set("images", "*/*/*.*", "image/*")
        every = _file_set("metadata", f"*/{METADATA}", _MEDIA["jsonl"])
        names = ["file_name", *(COLUMNS.get(name, name) for name in schema.names if name != "filepath")]
        fields = [_column(name, pa.string(), {"fileSet": {"@id": "metadata"}}) for name in names]
        return [*metadata, images, every], [_record_set("pairs", fields)]
    joined = account.separator is not None
    media = _TEXT[account.separator == "\t"] if joined else _MEDIA[account.format]
    source = {"fileObject": {"@id": data.name}}
    fields = [
        _column(TITLES.get(field.name, field.name) if joined else field.name, field.type, source, joined=joined)
        for field in schema
    ]
    return [_file_object(data, media)], [_record_set("pairs", fields)]


def _describe_shards(folder: Path) -> tuple[_Nodes, _Nodes]:
    """Shards, and a record set for each kind of member: readers join no contents of files, so `key` is left to do it.

    A shard's address ends in its hash: readers unpack an archive into a cache that they look up by the address, and
    would else take the members of one export for those of another whose shards are called the same.
    """
    sizes = _file_object(folder / "sizes.json", "application/json")
    shards = [_file_object(shard, "application/x-tar") for shard in sorted(folder.glob("*.tar"))]
    if not shards:
        return [sizes], []
    for shard in shards:
        shard["contentUrl"] += f"#sha256={shard['sha256']}"
    within = {"containedIn": [{"@id": shard["@id"]} for shard in shards]}
    members = [_file_set(_members(name), includes, media) | within for name, _, includes, media, _ in _MEMBERS]
    sets = [_record_set(name, _member_fields(name, field, type)) for name, field, _, _, type in _MEMBERS]
    return [*shards, sizes, *members], sets


def _member_fields(name: str, field: str, type: str) -> _Nodes:
    """What the members of a pair have in common, their name up to its first dot, and what is in one of them."""
    files = {"fileSet": {"@id": _members(name)}}
    key = {**files, "extract": {"fileProperty": "filename"}, "transform": {"regex": r"([^.]+)\..*"}}
    content = {**files, "extract": {"fileProperty": "content"}}
    return [_field("key", "sc:Text", key, record_set=name), _field(field, type, content, record_set=name)]


def _members(record_set: str) -> str:
    """The file set of a record set: ids are different."""
    return f"{record_set}-in-shards"


def _record_set(name: str, fields: _Nodes) -> dict[str, Any]:
    return {"@type": "cr:RecordSet", "@id": name, "name": name, "field": fields}


def _column(name: str, type: pa.DataType, source: dict[str, Any], *, joined: bool = False) -> dict[str, Any]:
    """A field of the pairs that is a column of a table; `joined` where lists are one text."""
    said = "sc:Float" if pa.types.is_floating(type) else "sc:Text"
    field = _field(name, said, {**source, "extract": {"column": name}})
    if pa.types.is_list(type):
        field["repeated"] = True
        if joined:
            field["source"]["transform"] = {"separator": LIST_SEPARATOR}
    return field


def _field(name: str, type: str, source: dict[str, Any], *, record_set: str = "pairs") -> dict[str, Any]:
    return {"@type": "cr:Field", "@id": f"{record_set}/{name}", "name": name, "dataType": type, "source": source}


def _file_object(path: Path, media: str, url: str | None = None) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    url = url or path.name
    return {
        "@type": "cr:FileObject",
        "@id": url,
        "name": url,
        "contentUrl": url,
        "contentSize": f"{path.stat().st_size} B",
        "encodingFormat": media,
        "sha256": digest,
    }


def _file_set(name: str, includes: str | Sequence[str], media: str | Sequence[str]) -> dict[str, Any]:
    return {"@type": "cr:FileSet", "@id": name, "name": name, "includes": includes, "encodingFormat": media}
