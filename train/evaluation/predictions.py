"""Scores of images for the candidates and the classes of each level, and their table."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from embed.encoders import OpenClipEncoder
from train.evaluation.levels import Candidates, ancestor_heights, true_classes
from train.evaluation.zero_shot import class_probabilities, encode_classes

if TYPE_CHECKING:
    from kg.ontology import Ontology

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Predictions:
    """Scores of n images. `prompted` and `aggregated` hold [n, classes] for each level, `truths` flags likewise."""

    images: list[str]
    groups: list[str]
    tones: list[list[str]]
    conditions: list[list[str]]
    candidates: Candidates
    probabilities: Floats  # [n, candidates]
    aggregated: list[Floats]
    prompted: list[Floats]
    truths: list[Flags]
    heights: Floats  # [n]

    @property
    def best(self) -> Ids:
        """Place of each image's most probable candidate [n]."""
        return choose_class(self.probabilities)


def predict(
    candidates: Candidates, table: pa.Table, features: Floats, encoder: OpenClipEncoder, ontology: "Ontology"
) -> Predictions:
    """Probabilities of the candidates for images with these unit features [n, d], and of the classes of each level."""
    probabilities = class_probabilities(features, encode_classes(encoder, ontology, candidates.terms), encoder.scale)
    conditions = table["conditions"].to_pylist()
    prompted = []
    for level in candidates.levels:
        scores = np.zeros((len(features), len(level.classes)))
        if level.reachable.any():
            asked = [term for term, reachable in zip(level.classes, level.reachable, strict=True) if reachable]
            classes = encode_classes(encoder, ontology, asked)
            scores[:, level.reachable] = class_probabilities(features, classes, encoder.scale)
        prompted.append(scores)
    return Predictions(
        images=table["image"].to_pylist(),
        groups=table["group"].to_pylist(),
        tones=table["skin_tone"].to_pylist(),
        conditions=conditions,
        candidates=candidates,
        probabilities=probabilities,
        aggregated=[level.aggregate(probabilities) for level in candidates.levels],
        prompted=prompted,
        truths=[true_classes(ontology, level, conditions) for level in candidates.levels],
        heights=ancestor_heights(ontology, candidates.terms, probabilities.argmax(1), conditions),
    )


def choose_class(scores: Floats) -> Ids:
    """Place of the highest score in each row [n]; 0 where there is no class."""
    places: Ids = scores.argmax(1) if scores.shape[1] else np.zeros(len(scores), np.int64)
    return places


def tabulate(predictions: Predictions) -> pa.Table:
    """One row an image: truth, the five most probable candidates, the predicted class at each level in both ways."""
    terms = predictions.candidates.terms
    order = np.argsort(-predictions.probabilities, axis=1, kind="stable")[:, :5]
    columns: dict[str, object] = {
        "image": predictions.images,
        "group": predictions.groups,
        "conditions": predictions.conditions,
        "predicted": [[terms[place].curie for place in row] for row in order],
        "probability": np.take_along_axis(predictions.probabilities, order, axis=1).tolist(),
        "height": predictions.heights.astype(np.int8),
    }
    for level, summed, asked in zip(
        predictions.candidates.levels, predictions.aggregated, predictions.prompted, strict=True
    ):
        curies = np.array([term.curie for term in level.classes], dtype=object)
        said = level.reachable.any()
        columns[f"level_{level.number}"] = list(curies[choose_class(summed)]) if said else [None] * len(summed)
        columns[f"prompted_level_{level.number}"] = list(curies[choose_class(asked)]) if said else [None] * len(asked)
    columns["probabilities"] = list(predictions.probabilities.astype(np.float32))
    table = pa.table(columns)
    return table.replace_schema_metadata({"candidates": json.dumps([term.curie for term in terms])})
