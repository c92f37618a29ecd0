"""Zero-shot evaluation of trained models at each level of the ontology."""

from train.evaluation.evaluation import evaluate
from train.evaluation.results import Evaluation

__all__ = ["Evaluation", "evaluate"]
