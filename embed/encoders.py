"""Encoders: texts and images to unit vectors in one space."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, Self

from tqdm import tqdm

from embed.images import iterate_batches
from kg.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    Features = NDArray[np.float32]


@dataclass(frozen=True)
class EncodedImages:
    """`features` [n, d], unit length; the rows named in `unreadable` (place → reason) are NaN."""

    features: "Features"
    unreadable: dict[int, str]


class TextEncoder(Protocol):
    """Anything that maps texts to unit vectors."""

    @property
    def dimension(self) -> int: ...

    def encode_texts(self, texts: Sequence[str], *, progress: bool = False) -> "Features":
        """Unit vectors [n, d]."""
        ...


class ImageEncoder(Protocol):
    """Anything that maps image files to unit vectors."""

    @property
    def dimension(self) -> int: ...

    def encode_images(self, paths: Sequence[str], *, progress: bool = False) -> EncodedImages:
        """Unit vectors [n, d] of the files, and which of them could not be read."""
        ...


class OpenClipEncoder:
    """The two towers of an open_clip model; `scale` is the learned factor of cosines in its softmax."""

    def __init__(self, model: Any, tokenizer: Any, device: "torch.device", *, batch_size: int = 256, workers: int = 4):
        self._model = model.to(device).eval()
        self._tokenizer = tokenizer
        self._device = device
        self._batch_size = batch_size
        self._workers = workers
        self.image_size = image_size(model)
        self.scale = model.logit_scale.detach().exp().item()
        self._dimension = int(self._embed_texts([""]).shape[1])

    @classmethod
    def load(cls, name: str, *, pretrained: str | None = None, device: str = "auto") -> Self:
        """A model that open_clip knows by name, or `local-dir:FOLDER`; `pretrained` is its tag or a file of weights.

        Raises `InputError` when open_clip has no such model or weights.
        """
        import open_clip

        try:
            model = open_clip.create_model(name, pretrained=pretrained, output_dict=True)
            tokenizer = open_clip.get_tokenizer(name)
        except (RuntimeError, FileNotFoundError, OSError) as error:
            raise InputError(f"open_clip cannot load model {name!r} with weights {pretrained!r}: {error}") from error
        return cls(model, tokenizer, choose_device(device))

    @property
    def dimension(self) -> int:
        return self._dimension

    def encode_texts(self, texts: Sequence[str], *, progress: bool = False) -> "Features":
        """Unit vectors [n, d]. A text longer than the model's context is cut there."""
        import numpy as np

        found = [np.empty((0, self.dimension), np.float32)]
        starts = range(0, len(texts), self._batch_size)
        for start in tqdm(starts, desc="texts", unit="batch", disable=None if progress else True):
            found.append(self._embed_texts(texts[start : start + self._batch_size]))
        return np.concatenate(found)

    def _embed_texts(self, texts: Sequence[str]) -> "Features":
        import torch

        tokens = self._tokenizer(list(texts)).to(self._device)
        with torch.inference_mode(), autocast(self._device):
            return _unit(self._model.encode_text(tokens))

    def encode_images(self, paths: Sequence[str], *, progress: bool = False) -> EncodedImages:
        """Unit vectors [n, d] of the files; a file that cannot be read is named in the answer and costs no other."""
        import numpy as np
        import torch

        found = [np.empty((0, self.dimension), np.float32)]
        unreadable: dict[int, str] = {}
        batches = iterate_batches(paths, self.image_size, batch_size=self._batch_size, workers=self._workers)
        with tqdm(total=len(paths), desc="images", unit="image", disable=None if progress else True) as bar:
            start = 0
            for pixels, failed in batches:
                values = normalise(torch.from_numpy(pixels).to(self._device), self._model)
                with torch.inference_mode(), autocast(self._device):
                    features = self._model.encode_image(values)
                rows = _unit(features)
                rows[list(failed)] = np.nan
                unreadable |= {start + place: reason for place, reason in failed.items()}
                found.append(rows)
                start += len(pixels)
                bar.update(len(pixels))
        return EncodedImages(np.concatenate(found), unreadable)


def choose_device(name: str) -> "torch.device":
    """The named device; `auto` is CUDA where there is one, else the CPU. Raises `InputError` for an absent one."""
    import torch

    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise InputError(f"device {name!r} is unknown: use auto, cpu, cuda or cuda:N") from error
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise InputError(f"device {name!r} is not here: this machine has {torch.cuda.device_count()} CUDA devices")
    return device


def autocast(device: "torch.device", *, wanted: bool = True) -> "torch.autocast":
    """bfloat16 arithmetic on a CUDA device that has it, else none; float16 is never used: its range overflows here."""
    import torch

    usable = wanted and device.type == "cuda" and torch.cuda.is_bf16_supported()
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=usable)


def image_size(model: Any) -> int:
    """Side in pixels of the square images that an open_clip model takes."""
    size = model.visual.image_size
    return int(size[0] if isinstance(size, (tuple, list)) else size)


def normalise(pixels: "torch.Tensor", model: Any) -> "torch.Tensor":
    """Bytes [n, h, w, 3] as floats [n, 3, h, w] with the model's own mean and standard deviation."""
    import torch

    mean = torch.tensor(model.visual.image_mean, device=pixels.device).view(1, 3, 1, 1)
    deviation = torch.tensor(model.visual.image_std, device=pixels.device).view(1, 3, 1, 1)
    return (pixels.permute(0, 3, 1, 2).float() / 255 - mean) / deviation


def _unit(features: "torch.Tensor") -> "Features":
    import torch

    rows: Features = torch.nn.functional.normalize(features.float(), dim=-1).cpu().numpy()
    return rows
