"""Speed of exports beside that of writing the same bare: `python -m benchmarks.export --kg KG [--folder FOLDER]`.

A table is compared with one `pyarrow` write of the finished table, shards with a loop of `tarfile` over finished texts;
the exports read the graph, gather the facts and write card and description besides. Each is done `--times` times, the
least is told. CPU seconds are of all threads. Shards and folders need image files: a graph without them skips both.
"""

import argparse
import json
import shutil
import tarfile
import tempfile
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from kg.export import export, iterate_parts, tabulate
from kg.export.records import render_images, render_pairs
from kg.graph import KnowledgeGraph
from kg.selection import Selection


def measure(times: int, write: Callable[[], Any]) -> dict[str, float]:
    """Least CPU and wall seconds of doing it several times."""
    cpu, wall = [], []
    for _ in range(times):
        start = time.process_time(), time.perf_counter()
        write()
        cpu.append(time.process_time() - start[0])
        wall.append(time.perf_counter() - start[1])
    return {"cpu": min(cpu), "wall": min(wall)}


def compare_tables(graph: KnowledgeGraph, folder: Path, times: int) -> list[dict[str, Any]]:
    """Each table format beside a bare write of the same rows."""
    bare = write_bare_tables(tabulate(graph, Selection()), folder, times)
    rows = []
    for name, beside in (("parquet", "parquet"), ("tsv", "tsv"), ("jsonl", "parquet")):
        account = export(graph, Selection(), folder / f"pairs.{name}")
        own = measure(times, lambda out=account.path: export(graph, Selection(), out))  # type: ignore[misc]
        rows.append(_row(name, account.written, own, bare[beside], f"{beside}, bare"))
    return rows


def write_bare_tables(table: pa.Table, folder: Path, times: int) -> dict[str, dict[str, float]]:
    """How long pyarrow alone takes for a finished table, with lists joined for delimited text."""
    columns = [pc.binary_join(c, "|") if pa.types.is_list(c.type) else c for c in table.columns]
    flat, options = pa.table(columns, names=table.column_names), pa_csv.WriteOptions(delimiter="\t")
    return {
        "parquet": measure(times, lambda: pq.write_table(table, folder / "raw.parquet", compression="zstd")),
        "tsv": measure(times, lambda: pa_csv.write_csv(flat, folder / "raw.tsv", options)),
    }


def compare_shards(graph: KnowledgeGraph, folder: Path, times: int) -> dict[str, Any] | None:
    """WebDataset shards beside a tar file of the same members, made by `tarfile` of finished texts."""
    members: list[tuple[str, str, str, str]] = []
    for whole in iterate_parts(graph, Selection(available_only=True)):
        texts = (whole.pairs["pair"], whole.of_pairs(whole.images["filepath"]), whole.pairs["text"])
        members += zip(
            *(text.to_pylist() for text in texts), render_pairs(whole, render_images(whole)).to_pylist(), strict=True
        )
    if not members:
        return None

    def write_bare() -> None:
        with tarfile.open(folder / "raw.tar", "w", format=tarfile.GNU_FORMAT) as shard:
            for pair, path, text, record in members:
                for ending, content in (
                    ("jpg", Path(path).read_bytes()),
                    ("json", record.encode()),
                    ("txt", text.encode()),
                ):
                    member = tarfile.TarInfo(f"{pair}.{ending}")
                    member.size = len(content)
                    shard.addfile(member, BytesIO(content))

    own = measure(times, lambda: export(graph, Selection(), folder / "shards"))
    return _row("webdataset", len(members), own, measure(times, write_bare), "tarfile, bare")


def _row(name: str, pairs: int, own: dict[str, float], bare: dict[str, float], beside: str) -> dict[str, Any]:
    return {
        "format": name,
        "pairs": pairs,
        "cpu": round(own["cpu"], 2),
        "wall": round(own["wall"], 2),
        "pairs_per_second": round(pairs / own["wall"]),
        "pairs_per_cpu_second": round(pairs / own["cpu"]),
        "beside": beside,
        "speed_beside": {each: round(bare[each] / own[each], 2) for each in ("cpu", "wall")},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kg", type=Path, required=True)
    parser.add_argument("--folder", type=Path, help="where to write; a temporary folder by default")
    parser.add_argument("--times", type=int, default=3)
    told = parser.parse_args()
    graph = KnowledgeGraph.open(told.kg)
    start = time.process_time()
    graph.ontology  # noqa: B018 - read once, whatever is exported
    print(json.dumps({"read the ontology": round(time.process_time() - start, 2)}))
    folder = Path(tempfile.mkdtemp(dir=told.folder))
    try:
        for row in compare_tables(graph, folder, told.times):
            print(json.dumps(row))
        if shards := compare_shards(graph, folder, told.times):
            print(json.dumps(shards))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
