"""Random views of stored images: drawn on the CPU so that every device sees the same, made on the device."""

import math
from typing import TYPE_CHECKING

from train.config import Augment

if TYPE_CHECKING:
    import torch
    from torch import Tensor


def augment(pixels: "Tensor", size: int, settings: Augment, chance: "torch.Generator") -> "Tensor":
    """Bytes [n, s, s, 3] as random square crops [n, size, size, 3], floats from 0 to 255.

    A crop covers `smallest_crop` to 1 of the area; with `turn` it is mirrored and turned by quarters, which keeps a
    lesion what it is. Brightness and contrast change by at most their share, all three colours alike.
    """
    import torch
    from torch.nn.functional import affine_grid, grid_sample

    n = len(pixels)
    side = (settings.smallest_crop + (1 - settings.smallest_crop) * torch.rand(n, generator=chance)).sqrt()
    centre = (2 * torch.rand(n, 2, generator=chance) - 1) * (1 - side)[:, None]
    mirror = torch.where((torch.rand(n, generator=chance) < 0.5) & settings.turn, -1.0, 1.0)
    quarter = torch.randint(4, (n,), generator=chance) * (math.pi / 2) * settings.turn
    brightness = 1 + settings.brightness * (2 * torch.rand(n, generator=chance) - 1)
    contrast = 1 + settings.contrast * (2 * torch.rand(n, generator=chance) - 1)

    cos, sin = side * quarter.cos(), side * quarter.sin()
    rows = [torch.stack([mirror * cos, -sin, centre[:, 0]], 1), torch.stack([mirror * sin, cos, centre[:, 1]], 1)]
    device = pixels.device
    grid = affine_grid(torch.stack(rows, 1).to(device), [n, 3, size, size], align_corners=False)
    source = pixels.permute(0, 3, 1, 2).float()
    crop = grid_sample(source, grid, mode="bilinear", padding_mode="reflection", align_corners=False)
    mean = crop.mean((1, 2, 3), keepdim=True)
    crop = (crop - mean) * contrast.to(device).view(n, 1, 1, 1) + mean * brightness.to(device).view(n, 1, 1, 1)
    return crop.clamp(0, 255).permute(0, 2, 3, 1)
