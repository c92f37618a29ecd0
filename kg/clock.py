"""How long the steps of an operation take, told while they go on."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NoReturn

from tqdm import tqdm


@dataclass
class Clock:
    """Seconds that each step took, and the bar that shows which one is under way."""

    bar: "tqdm[NoReturn]"
    seconds: dict[str, float] = field(default_factory=dict)
    _inner: float = 0  # seconds of the steps within the one under way

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Count the time of the block as that of a step, without the steps within it."""
        self.bar.set_description(name)
        start, before, self._inner = time.perf_counter(), self._inner, 0
        yield
        took = time.perf_counter() - start
        self.seconds[name] = self.seconds.get(name, 0) + took - self._inner
        self._inner = before + took
        self.bar.update()
