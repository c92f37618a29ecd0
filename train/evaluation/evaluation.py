"""Evaluating a run: from pairs to predictions, from predictions to results at each level."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kg.errors import InputError
from kg.wording import counted
from train.checkpoint import find_checkpoint
from train.config import Config
from train.data import read_pairs
from train.evaluation.intervals import ClusterBootstrap
from train.evaluation.levels import Candidates
from train.evaluation.measures import (
    count_classes,
    count_confusions,
    measure_conditions,
    measure_heights,
    measure_level,
    measure_malignancy,
    measure_tones,
)
from train.evaluation.predictions import predict, tabulate
from train.evaluation.results import Evaluation
from train.model import load_encoder

if TYPE_CHECKING:
    from kg.ontology import Ontology

COLUMNS = ("pair", "image", "filepath", "conditions", "skin_tone", "group")


def evaluate(
    run: Path,
    pairs: Path,
    *,
    ontology: "Ontology | None" = None,
    out: Path | None = None,
    report: Path | None = None,
    device: str = "auto",
    candidates: str | Sequence[str] = "test",
    malignant: Sequence[str] = ("malignant", "in situ"),
    repeats: int = 1000,
    seed: int = 0,
    allow_overlap: bool = False,
    progress: bool = True,
) -> Evaluation:
    """Zero-shot evaluation of a run at each level of the ontology, beside the constant answer of the majority.

    Each image counts once, however many pairs it has. `candidates` are what a prediction chooses from: the conditions
    of the evaluated images (`test`), of the training images (`train`), or a list of terms. `malignant` are the
    values of malignancy that count as positive. Intervals are percentiles of `repeats` draws of whole groups.

    Writes `predictions.parquet` and `metrics.json` to `out` (by default `evaluation` in the run's folder), and the HTML
    `report`. Raises `InputError` when the run or the pairs cannot be used, were made with another ontology, or share
    a group or an image with the training pairs (unless `allow_overlap`).
    """
    if ontology is None:
        from kg.ontology import Ontology

        ontology = Ontology.load()
    find_checkpoint(run)
    table, left_out = _read_images(pairs, ontology)
    trained_on = pq.read_table(run / "trained_on.parquet")
    shared = _count_shared(table, trained_on)
    if any(shared) and not allow_overlap:
        raise InputError(
            f"{pairs}: {counted(shared[0], 'group')} (patients or lesions) and {counted(shared[1], 'image')} "
            "of it also in the training pairs, so the result would be too good; "
            "export another --split, made with the same seed and shares"
        )
    seen = {curie for terms in trained_on["conditions"].to_pylist() for curie in terms}
    encoder = load_encoder(run, device)
    encoded = encoder.encode_images(table["filepath"].to_pylist(), progress=progress)
    left_out += Counter(encoded.unreadable.values())
    readable = ~np.isnan(encoded.features[:, 0])
    table = table.filter(pa.array(readable))
    if not table.num_rows:
        raise InputError(f"{pairs}: no image with a condition can be read: {dict(left_out)}")

    truths = table["conditions"].to_pylist()
    named = {"test": [c for labels in truths for c in labels], "train": sorted(seen)}
    chosen = named[candidates] if isinstance(candidates, str) and candidates in named else candidates
    if isinstance(chosen, str):
        raise InputError(f"candidates {candidates!r}: say test, train or a list of terms")
    predictions = predict(
        Candidates.over(ontology, chosen, truths),
        table,
        encoded.features[readable].astype(np.float64),
        encoder,
        ontology,
    )

    out = out or run / "evaluation"
    out.mkdir(parents=True, exist_ok=True)
    bootstrap = ClusterBootstrap(predictions.groups, repeats, seed)
    level1 = predictions.candidates.levels[0]
    evaluation = Evaluation(
        run=run,
        pairs=pairs,
        predictions=out / "predictions.parquet",
        metrics=out / "metrics.json",
        report=report,
        ontology={"iri": ontology.iri, "version": ontology.version, "sha256": ontology.sha256},
        images=len(predictions.images),
        groups=bootstrap.groups,
        several_conditions=sum(len(labels) > 1 for labels in truths),
        left_out=dict(left_out),
        not_seen_in_training=sum(term.curie not in seen for term in predictions.candidates.terms),
        shared_groups=shared[0],
        shared_images=shared[1],
        candidates=[term.curie for term in predictions.candidates.terms],
        candidates_from=candidates if isinstance(candidates, str) else "list",
        scale=encoder.scale,
        bootstrap=repeats,
        levels=[measure_level(predictions, number, bootstrap) for number in range(len(predictions.candidates.levels))],
        height=measure_heights(predictions, bootstrap, ontology),
        malignancy=measure_malignancy(predictions, bootstrap, ontology, malignant),
        tones=measure_tones(predictions, bootstrap, ontology),
        conditions=measure_conditions(predictions, ontology),
        confusions=count_confusions(predictions, ontology),
        level1_labels=[term.label for term in level1.classes],
        level1_confusion=count_classes(predictions, 0).tolist(),
        config=Config.load(run / "config.toml").to_dict(),
        training=json.loads((run / "run.json").read_text(encoding="utf-8")),
    )
    pq.write_table(tabulate(predictions), evaluation.predictions)
    evaluation.metrics.write_text(
        json.dumps(evaluation.as_dict(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    if report is not None:
        from train.evaluation.report import write_report

        write_report(evaluation, report)
    return evaluation


def _read_images(pairs: Path, ontology: "Ontology") -> tuple[pa.Table, Counter[str]]:
    """One row an image that has a file and a condition of the tree, and the images left out, by reason."""
    table = read_pairs(pairs, COLUMNS)
    written = (table.schema.metadata or {}).get(b"ontology_sha256")
    if written is not None and written.decode() != ontology.sha256:
        raise InputError(
            f"{pairs}: exported with another ontology (sha256 {written.decode()[:12]}…, not {ontology.sha256[:12]}…); "
            "export the pairs again, or give the ontology that they were exported with"
        )
    first = np.sort(np.unique(table["image"].to_numpy(zero_copy_only=False), return_index=True)[1])
    table = table.take(first)
    table = _resolve(table, "conditions", lambda name: (term := ontology.term(name)).level and term.curie)
    table = _resolve(table, "skin_tone", lambda name: ontology.term(name).curie)
    has_file = pc.is_valid(table["filepath"])
    has_condition = pc.fill_null(pc.greater(pc.list_value_length(table["conditions"]), 0), False)
    left_out: Counter[str] = Counter()
    for reason, kept in (("no image file", has_file), ("no condition", pc.or_(has_condition, pc.invert(has_file)))):
        if count := table.num_rows - pc.sum(kept).as_py():
            left_out[reason] = count
    table = table.filter(pc.and_(has_file, has_condition))
    if not table.num_rows:
        raise InputError(f"{pairs}: no image with a file and a condition to evaluate: {dict(left_out)}")
    return table, left_out


def _resolve(table: pa.Table, column: str, resolve: Callable[[str], str | int | None]) -> pa.Table:
    """The table with the names in a column of lists resolved to CURIEs; those that resolve to nothing are dropped."""
    lists = table[column].to_pylist()
    curie = {name: resolve(name) for name in {name for names in lists for name in names or ()}}
    found = [[curie[name] for name in names or () if curie[name]] for names in lists]
    place = table.schema.get_field_index(column)
    return table.set_column(place, column, pa.array(found, pa.list_(pa.string())))


def _count_shared(table: pa.Table, trained_on: pa.Table) -> tuple[int, int]:
    """Distinct groups and images that the two tables share."""
    shared = [len(set(table[name].to_pylist()) & set(trained_on[name].to_pylist())) for name in ("group", "image")]
    return shared[0], shared[1]
