"""Zero-shot classification: images against prompts in the model's own space."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from embed.encoders import TextEncoder
from kg.prompts import class_prompts

if TYPE_CHECKING:
    from kg.ontology import Ontology, Term

Floats = NDArray[np.float64]


def encode_classes(encoder: TextEncoder, ontology: "Ontology", terms: Sequence["Term"]) -> Floats:
    """One unit vector for each term [c, d]: the normalised mean over its prompts' unit vectors (arXiv 2103.00020)."""
    prompts = class_prompts(ontology, terms)
    texts = sorted({text for term in terms for text in prompts[term.curie]})
    place = {text: row for row, text in enumerate(texts)}
    features = encoder.encode_texts(texts).astype(np.float64)
    means = np.stack([features[[place[text] for text in prompts[term.curie]]].mean(0) for term in terms])
    unit: Floats = means / np.linalg.norm(means, axis=1, keepdims=True)
    return unit


def class_probabilities(images: Floats, classes: Floats, scale: float) -> Floats:
    """Softmax over the classes of `scale` times the cosines [n, c]; `images` [n, d] and `classes` [c, d] are unit."""
    logits = scale * images @ classes.T
    odds = np.exp(logits - logits.max(1, keepdims=True))
    share: Floats = odds / odds.sum(1, keepdims=True)
    return share
