"""What a training run does: frozen dataclasses that a TOML file fills, where a misspelt key is an error."""

import dataclasses
import difflib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar, get_type_hints

from kg.errors import InputError

Value = bool | int | float | str | list[str]
T = TypeVar("T")
LOSSES = ("clip", "label_aware")


@dataclass(frozen=True)
class Model:
    name: str = "tiny"  # a file of train/models, a path to such a JSON file, or a name that open_clip knows
    pretrained: str = ""  # a tag that open_clip downloads, or a file of weights; empty starts from random weights
    checkpoint_activations: bool = False  # recompute the towers' inner values instead of storing them


@dataclass(frozen=True)
class Data:
    sampling: str = "image"  # image: one of its texts per epoch; pair: every text of every image once per epoch
    text_kinds: list[str] = field(default_factory=list)  # empty takes all
    workers: int = 2  # threads that decode images
    memory_mb: int = 4096  # decoded images are kept in memory when they fit in this


@dataclass(frozen=True)
class Augment:
    """No hue, saturation or grey-scale change: redness and pigment are the signal, and skin tone must stay."""

    smallest_crop: float = 0.6  # share of the area
    turn: bool = True  # mirror images, and turn them by quarters
    brightness: float = 0.1  # ± share
    contrast: float = 0.1


@dataclass(frozen=True)
class Loss:
    name: str = "label_aware"  # clip: InfoNCE; label_aware: pairs of one condition are not pushed apart
    same_condition: float = 0.2  # share of a pair's target that goes to pairs of the same condition
    discount: float = 0.9  # how far those pairs are taken out of the negatives, 0 to 1


@dataclass(frozen=True)
class Optimizer:
    learning_rate: float = 1e-3
    weight_decay: float = 0.1
    beta1: float = 0.9
    beta2: float = 0.98
    epsilon: float = 1e-6
    warmup_steps: int = 50
    clip_norm: float = 1.0  # largest gradient norm; 0 does not clip


@dataclass(frozen=True)
class Schedule:
    epochs: int = 20
    batch_size: int = 128


@dataclass(frozen=True)
class Record:
    log_every_steps: int = 10
    save_every_steps: int = 0  # 0 saves by the clock alone
    save_every_minutes: float = 5.0


@dataclass(frozen=True)
class Config:
    seed: int = 0
    bfloat16: bool = True  # in the towers, on a CUDA device that has it; logits and weights are always float32
    model: Model = field(default_factory=Model)
    data: Data = field(default_factory=Data)
    augment: Augment = field(default_factory=Augment)
    loss: Loss = field(default_factory=Loss)
    optimizer: Optimizer = field(default_factory=Optimizer)
    schedule: Schedule = field(default_factory=Schedule)
    record: Record = field(default_factory=Record)

    def __post_init__(self) -> None:
        _check(self)

    @classmethod
    def load(cls, path: Path, changes: Sequence[str] = ()) -> Self:
        """The configuration in a TOML file; keys left out have their defaults.

        A change is a line of TOML with a dotted key, `schedule.epochs = 2`, that takes the place of the file's.
        Raises `InputError` for a file that cannot be read, an unknown key (it names the nearest), a value of the wrong
        type or out of range.
        """
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
            for change in changes:
                _put(values, _parsed(change))
            return cls.from_dict(values)
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{path}: configuration cannot be read: {error}") from error
        except tomllib.TOMLDecodeError as error:
            raise InputError(f"{path}: not TOML: {error}") from error
        except InputError as error:
            raise InputError(f"{path}: {error}") from error

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """The configuration with these keys and tables; raises `InputError` as `load` does."""
        return _fill(cls, values, "")

    def to_dict(self) -> dict[str, Any]:
        """Plain nested values, all keys present."""
        return dataclasses.asdict(self)

    def to_toml(self) -> str:
        """The whole configuration as TOML that `load` reads back to an equal one."""
        top = {key: value for key, value in self.to_dict().items() if not isinstance(value, dict)}
        tables = {key: value for key, value in self.to_dict().items() if isinstance(value, dict)}
        blocks = [_lines(top), *(f"[{name}]\n{_lines(table)}" for name, table in tables.items())]
        return "\n".join(blocks)

    def result_keys(self) -> dict[str, Any]:
        """What decides the trained weights: all but the number of threads, the memory and the record of progress."""
        values = self.to_dict()
        del values["record"], values["data"]["workers"], values["data"]["memory_mb"]
        return values


def _parsed(change: str) -> dict[str, Any]:
    """A line of TOML; a bare word after the equals sign is text."""
    key, _, value = change.partition("=")
    try:
        return tomllib.loads(change)
    except tomllib.TOMLDecodeError:
        quoted = value.strip().replace("\\", "\\\\").replace('"', '\\"')
        return tomllib.loads(f'{key} = "{quoted}"')


def _put(values: dict[str, Any], change: dict[str, Any]) -> None:
    """Set the keys of nested tables, leaving the others as they are."""
    for key, value in change.items():
        if isinstance(value, dict) and isinstance(values.get(key), dict):
            _put(values[key], value)
        else:
            values[key] = value


def _lines(table: dict[str, Value]) -> str:
    return "".join(f"{key} = {_toml(value)}\n" for key, value in table.items())


def _toml(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return repr(value)


def _fill(kind: type[T], values: dict[str, Any], where: str) -> T:
    types = get_type_hints(kind)
    filled: dict[str, Any] = {}
    for key, value in values.items():
        name = f"{where}{key}"
        if key not in types:
            raise InputError(f"unknown key {name!r}{_nearest(key, list(types))}")
        wanted = types[key]
        if isinstance(wanted, type) and dataclasses.is_dataclass(wanted):
            if not isinstance(value, dict):
                raise InputError(f"{name!r} is a table: write it as [{name}]")
            filled[key] = _fill(wanted, value, f"{name}.")
        else:
            filled[key] = _convert(value, wanted, name)
    return kind(**filled)


def _nearest(key: str, known: list[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    return f": did you mean {close[0]!r}?" if close else f": known here are {', '.join(known)}"


def _convert(value: object, wanted: Any, name: str) -> object:
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if wanted == list[str]:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return value
    elif type(value) is wanted:
        return value
    kind = "a list of strings" if wanted == list[str] else wanted.__name__
    raise InputError(f"{name!r} must be {kind}, not {value!r}")


def _check(config: Config) -> None:
    """Raise `InputError` for the first value out of range."""
    limits: list[tuple[str, float, float, float]] = [
        ("data.workers", config.data.workers, 1, 256),
        ("data.memory_mb", config.data.memory_mb, 0, 2**40),
        ("augment.smallest_crop", config.augment.smallest_crop, 0.05, 1),
        ("augment.brightness", config.augment.brightness, 0, 1),
        ("augment.contrast", config.augment.contrast, 0, 1),
        ("loss.same_condition", config.loss.same_condition, 0, 1),
        ("loss.discount", config.loss.discount, 0, 1),
        ("optimizer.learning_rate", config.optimizer.learning_rate, 1e-12, 10),
        ("optimizer.weight_decay", config.optimizer.weight_decay, 0, 10),
        ("optimizer.warmup_steps", config.optimizer.warmup_steps, 0, 2**40),
        ("optimizer.clip_norm", config.optimizer.clip_norm, 0, 1e9),
        ("schedule.epochs", config.schedule.epochs, 1, 2**20),
        ("schedule.batch_size", config.schedule.batch_size, 2, 2**20),
        ("record.log_every_steps", config.record.log_every_steps, 1, 2**40),
        ("record.save_every_steps", config.record.save_every_steps, 0, 2**40),
        ("record.save_every_minutes", config.record.save_every_minutes, 0.01, 2**40),
    ]
    for name, value, low, high in limits:
        if not low <= value <= high:
            raise InputError(f"{name!r} must lie between {low} and {high}, not {value}")
    choices = [("data.sampling", config.data.sampling, ("image", "pair")), ("loss.name", config.loss.name, LOSSES)]
    for name, chosen, known in choices:
        if chosen not in known:
            raise InputError(f"{name!r} must be one of {', '.join(known)}, not {chosen!r}")
    if config.loss.name == "label_aware" and config.loss.discount == 1 and config.loss.same_condition > 0:
        raise InputError("'loss.discount' of 1 with 'loss.same_condition' above 0 has no lower bound: use 0.9, or 0")
