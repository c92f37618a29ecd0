"""Progress of a run: means of what the steps measured, a JSON line each time."""

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Meter:
    """Means over the steps since the last line, one JSON line each time."""

    path: Path
    step: int
    loss: float | None = None
    _sums: Counter[str] = field(default_factory=Counter)
    _last: dict[str, float] = field(default_factory=dict)

    def __enter__(self) -> "Meter":
        """Open the file after its last line of a step that the checkpoint has."""
        lines = self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else []
        kept = [line for line in lines if line.endswith("}") and json.loads(line)["step"] <= self.step]
        self.path.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
        self._file = self.path.open("a", encoding="utf-8")
        self._since = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, measured: dict[str, float], *, samples: int, waited: float) -> None:
        """Count one step."""
        self._last = measured
        self._sums.update({"steps": 1, "samples": samples, "waited": waited})
        self._sums.update({name: measured[name] for name in ("loss", "own_mass", "same_condition", "gradient_norm")})

    def write(self, step: int, epoch: float) -> None:
        """Write a line: losses and the like as means, learning rate and scale of the last step."""
        now = time.monotonic()
        took, steps = now - self._since, self._sums["steps"]
        means = {name: self._sums[name] / steps for name in ("loss", "own_mass", "same_condition", "gradient_norm")}
        line = {
            "step": step,
            "epoch": round(epoch, 4),
            **means,
            "scale": self._last["scale"],
            "learning_rate": self._last["learning_rate"],
            "samples_per_second": self._sums["samples"] / took,
            "data_time": self._sums["waited"] / took,
        }
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()
        self.loss = means["loss"]
        self._sums.clear()
        self._since = now
