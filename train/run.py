"""A run's folder: what it was trained on and with, written before the first step."""

import json
import platform
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import torch

from kg.errors import InputError
from train.config import Config
from train.data import TrainingSet, hash_file

if TYPE_CHECKING:
    from kg.ontology import Ontology


def identify_pairs(pairs: Path, table: pa.Table, ontology: "Ontology | None") -> dict[str, Any]:
    """What the pairs are: the file's hash and what its export wrote of the ontology and selection."""
    written = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    described = {key: value for key, value in written.items() if key not in ("ARROW:schema", "pandas")}
    if ontology is not None and (theirs := described.get("ontology_sha256")) not in (None, ontology.sha256):
        raise InputError(
            f"{pairs}: exported with ontology {described.get('ontology_version')} (sha256 {theirs}), but this one is "
            f"{ontology.version} (sha256 {ontology.sha256}); export the pairs again"
        )
    return {"pairs_sha256": hash_file(pairs), **described}


def open_run(out: Path, config: Config, description: dict[str, Any], data: TrainingSet, source: dict[str, Any]) -> None:
    """Write what is known before the first step."""
    import open_clip

    out.mkdir(parents=True, exist_ok=True)
    (out / "config.toml").write_text(config.to_toml(), encoding="utf-8")
    parts = {key: value for key, value in description.items() if key not in ("name", "image_mean", "image_std")}
    (out / f"{description['name']}.json").write_text(json.dumps(parts, indent=2) + "\n", encoding="utf-8")
    trained_on = pa.table({"image": data.images, "group": data.groups, "conditions": data.conditions})
    pq.write_table(trained_on, out / "trained_on.parquet")
    skipped = pa.Table.from_pylist(
        [{"image": s.image, "filepath": s.filepath, "reason": s.reason} for s in data.skipped],
        pa.schema([(name, pa.string()) for name in ("image", "filepath", "reason")]),
    )
    pyarrow.csv.write_csv(skipped, out / "skipped.csv")
    account = {
        **source,
        "pairs": len(data.pairs),
        "images": len(data.images),
        "texts": len(data.tokens),
        "texts_that_fill_the_context": data.cut_texts,
        "skipped": dict(Counter(s.reason for s in data.skipped)),
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "open_clip": open_clip.__version__,
            "numpy": np.__version__,
        },
    }
    (out / "run.json").write_text(json.dumps(account, indent=2) + "\n", encoding="utf-8")
    (out / "metrics.jsonl").unlink(missing_ok=True)
