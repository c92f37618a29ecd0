"""The two-tower model: built by open_clip from a JSON description, and read back from a run."""

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embed.encoders import OpenClipEncoder, choose_device
from kg.errors import InputError
from train import config as settings
from train.checkpoint import load_checkpoint

if TYPE_CHECKING:
    import torch

DESCRIPTIONS = Path(__file__).parent / "models"


def describe_model(name: str) -> tuple[str, dict[str, Any]]:
    """Name and description (`embed_dim`, `vision_cfg`, `text_cfg`) of a model, and makes open_clip know it.

    `name` is a file of `train/models`, a path to such a JSON file, or a name that open_clip has. Raises `InputError`
    with the names that exist.
    """
    import open_clip

    path = Path(name) if name.endswith(".json") else DESCRIPTIONS / f"{name}.json"
    if path.is_file():
        return path.stem, register_model(path)
    known = open_clip.get_model_config(name)
    if known is None:
        ours = ", ".join(sorted(p.stem for p in DESCRIPTIONS.glob("*.json")))
        raise InputError(f"'model.name' {name!r} is no JSON file, none of ours ({ours}) and unknown to open_clip")
    return name, known


def register_model(path: Path) -> dict[str, Any]:
    """Make open_clip know the model that a JSON file describes, by the file's stem. Returns the description."""
    import open_clip

    try:
        description: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: description of a model cannot be read: {error}") from error
    if missing := [key for key in ("embed_dim", "vision_cfg", "text_cfg") if key not in description]:
        raise InputError(f"{path}: description of a model lacks {', '.join(missing)}")
    open_clip.add_model_config(path)
    return description


def build_model(wanted: settings.Model, seed: int) -> tuple[Any, Any, dict[str, Any]]:
    """Model (float32, on the CPU), tokenizer and description, with the mean and deviation of colours that it expects.

    Random weights follow the seed alone.
    Raises `InputError` when weights are named and cannot be had.
    """
    import open_clip
    import torch

    name, description = describe_model(wanted.name)
    torch.manual_seed(seed)
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)  # open_clip warns on the root logger that random weights are random
    try:
        model = open_clip.create_model(
            name, pretrained=wanted.pretrained or None, precision="fp32", pretrained_text=False, output_dict=True
        )
        tokenizer = open_clip.get_tokenizer(name)
    except (RuntimeError, OSError, ValueError) as error:
        raise InputError(
            f"model {name!r} with weights {wanted.pretrained!r} cannot be made: {error}. "
            "Without a network, 'model.pretrained' names a file of weights"
        ) from error
    finally:
        root.setLevel(level)
    if wanted.checkpoint_activations:
        model.set_grad_checkpointing()
    colours = {"image_mean": list(model.visual.image_mean), "image_std": list(model.visual.image_std)}
    return model, tokenizer, {"name": name, **colours, **description}


def load_encoder(run: Path, device: str = "auto") -> OpenClipEncoder:
    """The trained towers of a run, ready to encode. Raises `InputError` when the folder holds no run."""
    state = load_checkpoint(run)
    config = settings.Config.from_dict(state["config"])
    model, tokenizer, _ = build_model(settings.Model(name=str(run / f"{state['model']['name']}.json")), config.seed)
    model.load_state_dict(state["weights"])
    model.visual.image_mean, model.visual.image_std = state["model"]["image_mean"], state["model"]["image_std"]
    return OpenClipEncoder(model, tokenizer, choose_device(device), workers=config.data.workers)


def split_decay(model: "torch.nn.Module", weight_decay: float) -> list[dict[str, Any]]:
    """Parameter groups for AdamW: biases, norms, the scale and other vectors do not decay."""
    decayed = [p for p in model.parameters() if p.requires_grad and p.ndim >= 2]
    free = [p for p in model.parameters() if p.requires_grad and p.ndim < 2]
    return [{"params": decayed, "weight_decay": weight_decay}, {"params": free, "weight_decay": 0.0}]
