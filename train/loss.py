"""Contrastive losses over a batch of paired features."""

from typing import TYPE_CHECKING

from train.targets import Targets

if TYPE_CHECKING:
    from torch import Tensor


def clip_loss(images: "Tensor", texts: "Tensor", scale: "Tensor") -> "Tensor":
    """CLIP's symmetric InfoNCE (arXiv 2103.00020), equal to `open_clip.loss.ClipLoss` bit for bit in float32.

    `images`, `texts`: unit vectors [n, d]; `scale`: the factor of the cosines, already exponentiated. A scalar, nats.
    """
    import torch
    from torch.nn.functional import cross_entropy

    with torch.autocast(images.device.type, enabled=False):
        images, texts, scale = _widen(images), _widen(texts), _widen(scale)
        own = torch.arange(len(images), device=images.device)
        return (cross_entropy(scale * images @ texts.T, own) + cross_entropy(scale * texts @ images.T, own)) / 2


def target_loss(images: "Tensor", texts: "Tensor", scale: "Tensor", targets: Targets) -> "Tensor":
    """Cross-entropy of both softmaxes with given targets, where each negative counts with its weight.

    For one direction and row i: `log Σ_j weight_ij exp(z_ij) - Σ_j mass_ij z_ij`, averaged over rows, then over the two
    directions. With identity targets this is `clip_loss`. Finite where a weight is 0. A scalar, nats.
    """
    import torch

    with torch.autocast(images.device.type, enabled=False):
        images, texts, scale = _widen(images), _widen(texts), _widen(scale)
        logits = scale * images @ texts.T
        log_weight = targets.weight.log()
        by_image = (logits + log_weight).logsumexp(1) - (targets.mass * logits).sum(1)
        by_text = (logits.T + log_weight).logsumexp(1) - (targets.mass * logits.T).sum(1)
        return (by_image.mean() + by_text.mean()) / 2


def _widen(values: "Tensor") -> "Tensor":
    return values.float() if values.dtype.itemsize < 4 else values
