"""What each pair of a batch should match, and how much every other pair counts as a negative."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@dataclass(frozen=True)
class Targets:
    """For n pairs. Both matrices hold for images against texts and for texts against images.

    `mass` [n, n]: each row sums to 1; row i says which texts image i should match, and which images text i should.
    `weight` [n, n] in [0, 1]: how much a pair counts in the softmax's denominator. The pair itself counts fully.
    """

    mass: "Tensor"
    weight: "Tensor"


def same_condition(conditions: "Tensor") -> "Tensor":
    """Expected agreement of the labels of two pairs, [n, n] in [0, 1].

    `conditions` [n, c] holds 1 where a pair depicts a condition. A pair with k conditions spreads its label evenly over
    them; a pair without any agrees with none, itself included.
    """
    share = conditions / conditions.sum(1, keepdim=True).clamp_min(1)
    return share @ share.T


def same_content(image: "Tensor", text: "Tensor") -> "Tensor":
    """1 where two pairs have one image or one text: such pairs match truly. `image`, `text`: ids [n]. [n, n]"""
    return ((image[:, None] == image) | (text[:, None] == text)).float()


def identity_targets(n: int, device: "torch.device | None" = None) -> Targets:
    """CLIP's: each pair matches itself alone, all others are full negatives."""
    import torch

    return Targets(torch.eye(n, device=device), torch.ones(n, n, device=device))


def soften(content: "Tensor", similarity: "Tensor", *, share: float, discount: float) -> Targets:
    """Targets that also match, and do not push away, pairs that resemble each other.

    A row's mass is `1 - share` over the pairs of equal content and `share` over all pairs in proportion to their
    similarity (UniCL, arXiv 2204.03610, is share 1 with labels as similarity); a row without any similarity keeps all
    its mass on equal content. The weight is `1 - discount · similarity`, 1 for equal content.

    `content` [n, n] of 0 and 1 with a diagonal of 1, `similarity` [n, n] in [0, 1]; both symmetric.
    """
    total = similarity.sum(1, keepdim=True)
    spread = similarity / total.clamp_min(1e-12)
    moved = share * (total > 0).float()
    own = content / content.sum(1, keepdim=True)
    weight = (1 - discount * similarity.clamp(0, 1)).masked_fill(content > 0, 1.0)
    return Targets((1 - moved) * own + moved * spread, weight)


def own_mass(targets: Targets, content: "Tensor") -> "Tensor":
    """Mean share of the target mass on pairs of equal content. Training fails to align pairs where this gets small."""
    return (targets.mass * content).sum(1).mean()
