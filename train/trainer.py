"""The training loop: from pairs to a run folder, restartable at any step with the same result."""

import math
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from tqdm import tqdm

from embed.encoders import autocast, choose_device, image_size, normalise
from kg.errors import InputError
from kg.wording import counted
from train.augment import augment
from train.checkpoint import FILE, load_checkpoint, save_checkpoint
from train.config import Config
from train.data import Batch, TrainingSet, read_pairs
from train.loss import clip_loss, target_loss
from train.meter import Meter
from train.model import build_model, split_decay
from train.run import identify_pairs, open_run
from train.targets import own_mass, same_condition, same_content, soften

if TYPE_CHECKING:
    from kg.ontology import Ontology

LARGEST_SCALE = 100.0


@dataclass(frozen=True)
class FitResult:
    """Where a run stands: `finished` is false when it was stopped, and the same call then continues it."""

    run: Path
    step: int
    steps: int
    finished: bool
    pairs: int
    images: int
    skipped: dict[str, int]  # reason → rows and images left out
    cut_texts: int  # texts that fill the model's context and may go on beyond it
    loss: float | None  # of the last logged steps
    seconds: float

    def as_text(self) -> str:
        """A few lines for a terminal."""
        left_out = "".join(f"\n  left out: {count:,} × {reason}" for reason, count in self.skipped.items())
        texts = counted(self.cut_texts, "text")
        cut = f"\n  {texts} as long as the model's context, maybe cut" if self.cut_texts else ""
        loss = "" if self.loss is None else f", loss {self.loss:.3f}"
        state = "finished" if self.finished else "stopped; the same command continues it"
        return (
            f"{self.run}: step {self.step:,} of {self.steps:,}{loss}, {self.seconds:.0f} s, {state}\n"
            f"  {counted(self.pairs, 'pair')} of {counted(self.images, 'image')}{left_out}{cut}"
        )


def fit(
    config: Config,
    pairs: Path,
    out: Path,
    *,
    ontology: "Ontology | None" = None,
    device: str = "auto",
    resume: bool = True,
    progress: bool = True,
    stop_at: int | None = None,
) -> FitResult:
    """Train a model on exported pairs; `out` becomes a run folder.

    The folder holds `config.toml`, `run.json` (hashes, versions, account), the model's description,
    `trained_on.parquet` (image, group, conditions), `skipped.csv`, `metrics.jsonl` and `checkpoint.pt`. When it has a
    checkpoint already, the run goes on from there, on the CPU to the very weights that an uninterrupted run has.
    SIGTERM, Ctrl-C and `stop_at` (a step) end it early with a checkpoint.

    Raises `InputError` for unusable pairs, a folder that holds another run, an absent device, or a loss that is no
    longer finite.
    """
    began = time.monotonic()
    torch_device = choose_device(device)
    model, tokenizer, description = build_model(config.model, config.seed)
    table = read_pairs(pairs)
    source = identify_pairs(pairs, table, ontology)
    data = TrainingSet(table, tokenizer, config, image_size(model), progress=progress)
    identity = {"config": config.result_keys(), "model": description, "source": source, "set": data.digest()}

    model.to(torch_device).train()
    state = TrainingState(model, config, data.steps_per_epoch * config.schedule.epochs)
    if (out / FILE).exists():
        if not resume:
            raise InputError(f"{out}: a run is here already; name another folder, or resume it")
        state.restore(load_checkpoint(out), identity, out)
    else:
        open_run(out, config, description, data, source)
    stop = state.steps if stop_at is None else min(stop_at, state.steps)
    loss = _run(state, data, config, identity, out, stop=stop, progress=progress)
    return FitResult(
        run=out,
        step=state.step,
        steps=state.steps,
        finished=state.step == state.steps,
        pairs=len(data.pairs),
        images=len(data.images),
        skipped=dict(Counter(s.reason for s in data.skipped)),
        cut_texts=data.cut_texts,
        loss=loss,
        seconds=time.monotonic() - began,
    )


class TrainingState:
    """Model, optimizer and place in the schedule: what a checkpoint holds."""

    def __init__(self, model: Any, config: Config, steps: int) -> None:
        optimizer = config.optimizer
        self.model = model
        self.config = config
        self.steps = steps
        self.step = 0
        self.device = next(model.parameters()).device
        self._optimizer = torch.optim.AdamW(
            split_decay(model, optimizer.weight_decay),
            lr=optimizer.learning_rate,
            betas=(optimizer.beta1, optimizer.beta2),
            eps=optimizer.epsilon,
        )

    def learning_rate(self) -> float:
        """Linear warm-up to the peak, then half a cosine to zero."""
        optimizer = self.config.optimizer
        warm = min(optimizer.warmup_steps, self.steps // 2)
        if self.step < warm:
            return optimizer.learning_rate * (self.step + 1) / warm
        done = (self.step - warm) / max(1, self.steps - warm)
        return optimizer.learning_rate * 0.5 * (1 + math.cos(math.pi * done))

    def advance(self, batch: Batch) -> dict[str, float]:
        """One optimizer step; what it measured. Raises `InputError` before a weight gets a value that is not finite."""
        config, device = self.config, self.device
        rate = self.learning_rate()
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        chance = torch.Generator().manual_seed((config.seed << 32) + self.step)
        torch.manual_seed((config.seed << 32) + self.step)
        pixels = torch.from_numpy(batch.pixels).to(device, non_blocking=True)
        views = augment(pixels, image_size(self.model), config.augment, chance)
        with autocast(device, wanted=config.bfloat16):
            out = self.model(normalise(views, self.model), torch.from_numpy(batch.tokens).to(device, non_blocking=True))
        images, texts = out["image_features"].float(), out["text_features"].float()
        loss, measured = batch_loss(images, texts, out["logit_scale"], batch, config)
        self._optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), config.optimizer.clip_norm or math.inf)
        if not torch.isfinite(loss) or not torch.isfinite(norm):
            raise InputError(
                f"step {self.step}: loss {loss.item()}, gradient norm {norm.item()}: not finite. Lower "
                f"'optimizer.learning_rate' ({config.optimizer.learning_rate}), or look at the pairs of this batch: "
                + ", ".join(batch.pairs)
            )
        self._optimizer.step()
        with torch.no_grad():
            self.model.logit_scale.clamp_(0, math.log(LARGEST_SCALE))
        self.step += 1
        return {
            "loss": loss.item(),
            **measured,
            "scale": self.model.logit_scale.detach().exp().item(),
            "learning_rate": rate,
            "gradient_norm": norm.item(),
        }

    def save(self, out: Path, identity: dict[str, Any], steps_per_epoch: int) -> None:
        """Write the checkpoint of this step."""
        epoch, batch = divmod(self.step, steps_per_epoch)
        save_checkpoint(
            out,
            {
                **identity,
                "config": self.config.to_dict(),
                "step": self.step,
                "cursor": [epoch, batch],
                "weights": self.model.state_dict(),
                "optimizer": self._optimizer.state_dict(),
            },
        )

    def restore(self, saved: dict[str, Any], identity: dict[str, Any], out: Path) -> None:
        """Continue from a checkpoint. Raises `InputError` when it belongs to another configuration or other pairs."""
        before = {**saved, "config": Config.from_dict(saved["config"]).result_keys()}
        for key, what in _PARTS.items():
            if before[key] != identity[key]:
                raise InputError(
                    f"{out}: the run here was begun with {what}: {_difference(before[key], identity[key])}. "
                    "Continue it with the same, or name another folder"
                )
        self.model.load_state_dict(saved["weights"])
        self._optimizer.load_state_dict(saved["optimizer"])
        self.step = saved["step"]


_PARTS = {
    "config": "another configuration",
    "model": "another model",
    "source": "other pairs",
    "set": "other usable pairs (files of images have changed)",
}


def batch_loss(
    images: torch.Tensor, texts: torch.Tensor, scale: torch.Tensor, batch: Batch, config: Config
) -> tuple[torch.Tensor, dict[str, float]]:
    """The configured loss, with the share of target mass on a pair's own content and its pairs of equal condition."""
    place = images.device
    similarity = same_condition(torch.from_numpy(batch.conditions).to(place))
    peers = ((similarity > 0).sum(1) - (similarity.diagonal() > 0).long()).float().mean().item()
    if config.loss.name == "clip":
        return clip_loss(images, texts, scale), {"own_mass": 1.0, "same_condition": peers}
    content = same_content(torch.from_numpy(batch.image).to(place), torch.from_numpy(batch.text).to(place))
    targets = soften(content, similarity, share=config.loss.same_condition, discount=config.loss.discount)
    measured = {"own_mass": own_mass(targets, content).item(), "same_condition": peers}
    return target_loss(images, texts, scale, targets), measured


def _run(
    state: TrainingState,
    data: TrainingSet,
    config: Config,
    identity: dict[str, Any],
    out: Path,
    *,
    stop: int,
    progress: bool,
) -> float | None:
    """Steps until `stop` or a signal, with records and checkpoints; the last logged loss."""
    saved_at = time.monotonic()
    meter = Meter(out / "metrics.jsonl", state.step)
    batches = data.iterate(state.step, stop)
    bar = tqdm(total=state.steps, initial=state.step, desc="training", unit="step", disable=None if progress else True)
    with bar, meter, _catch_signals() as stopped:
        while state.step < stop and not stopped.is_set():
            asked = time.monotonic()
            batch = next(batches)
            waited = time.monotonic() - asked
            meter.add(state.advance(batch), samples=len(batch.pairs), waited=waited)
            bar.update()
            if state.step % config.record.log_every_steps == 0 or state.step == stop:
                meter.write(state.step, epoch=state.step / data.steps_per_epoch)
                bar.set_postfix(loss=f"{meter.loss:.3f}")
            every = config.record.save_every_steps
            minutes = (time.monotonic() - saved_at) / 60
            if (every and state.step % every == 0) or minutes >= config.record.save_every_minutes:
                state.save(out, identity, data.steps_per_epoch)
                saved_at = time.monotonic()
        batches.close()
        state.save(out, identity, data.steps_per_epoch)
    return meter.loss


@contextmanager
def _catch_signals() -> Iterator[threading.Event]:
    """An event that SIGTERM or a first Ctrl-C sets; a second one acts as always. Outside the main thread: never set."""
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def stop(number: int, _: object) -> None:
        stopped.set()
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, stop)
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _difference(before: Any, now: Any, where: str = "") -> str:
    """The first place where two nested values differ, in words."""
    if isinstance(before, dict) and isinstance(now, dict):
        for key in [*before, *now]:
            if before.get(key) != now.get(key):
                return _difference(before.get(key), now.get(key), f"{where}.{key}" if where else key)
    return f"{where or 'value'} was {before!r} and is {now!r}"
