"""State of a run on disk: tensors and plain values only, replaced whole or not at all."""

import os
from pathlib import Path
from typing import Any

from kg.errors import InputError

FILE = "checkpoint.pt"


def save_checkpoint(run: Path, state: dict[str, Any]) -> None:
    """Write the state beside the old one and put it in its place by one rename.

    Raises `InputError` when it cannot be written; the state before is then untouched.
    """
    import torch

    path = run / FILE
    fresh = path.with_suffix(".new")
    try:
        with fresh.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except (OSError, RuntimeError) as error:
        fresh.unlink(missing_ok=True)
        kept = "the one before is kept" if path.exists() else "there is none before"
        raise InputError(f"{path}: checkpoint cannot be written ({error}); {kept}") from error


def find_checkpoint(run: Path) -> Path:
    """The file of a run's state. Raises `InputError` when the folder holds no run."""
    path = run / FILE
    if not path.is_file():
        raise InputError(
            f"{run}: no run here ({FILE} is missing); make one with: derm1m train CONFIG --pairs FILE --out {run}"
        )
    return path


def load_checkpoint(run: Path) -> dict[str, Any]:
    """The state of a run, on the CPU. No code in the file is run. Raises `InputError` when there is none."""
    import torch

    path = find_checkpoint(run)
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise InputError(f"{path}: not a checkpoint, or a damaged one: {error}") from error
    return state
