"""A TOML table read entry by entry, so that an entry that nobody asked for is an error."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from kg.errors import InputError
from kg.sources.specification import Cell


class Block:
    """The entries of a TOML table that have not been read yet, and where it stands in the file."""

    def __init__(self, where: str, data: Mapping[str, Any]) -> None:
        self.where = where
        self._data = dict(data)
        self._asked: list[str] = []

    def take(self, name: str, kind: type | tuple[type, ...], required: bool = False) -> Any:
        """The value of an entry, None where there is none. Raises InputError if it is of another kind."""
        self._asked.append(name)
        value = self._data.pop(name, None)
        if value is None and required:
            raise self.error(f"{name!r} is missing")
        if value is not None and (not isinstance(value, kind) or (isinstance(value, bool) and kind in {int, float})):
            kinds = " or ".join(each.__name__ for each in (kind if isinstance(kind, tuple) else (kind,)))
            raise self.error(f"{name!r} must be a {kinds}, not {value!r}")
        return value

    def text(self, name: str, required: bool = False) -> str:
        return self.take(name, str, required) or ""

    def number(self, name: str) -> float | None:
        value = self.take(name, (int, float))
        return None if value is None else float(value)

    def flag(self, name: str) -> bool:
        return bool(self.take(name, bool))

    def choice(self, name: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        value = self.text(name, required=default is None) or default or ""
        if value not in allowed:
            raise self.error(f"{name!r} is {value!r}, must be one of {', '.join(allowed)}")
        return value

    def words(self, name: str) -> tuple[str, ...]:
        """A list of words, or one word, as cells would have them."""
        value = self.take(name, (list, str, int, float, bool))
        return tuple(map(word, value if isinstance(value, list) else [] if value is None else [value]))

    def names(self, name: str) -> dict[str, str] | None:
        """A table of words, or a list of names that stand for themselves."""
        value = self.take(name, (dict, list))
        if value is None:
            return None
        return {word(each): word(each) for each in value} if isinstance(value, list) else _words(value)

    def cell(self, name: str, allowed: Iterable[str] | None = None, constant: bool = True) -> Cell | None:
        """A string (a constant, or a column where `constant` is false) or a table of column and values."""
        value = self.take(name, (str, dict))
        if value is None:
            return None
        if isinstance(value, str):
            cell = Cell(constant=value) if constant else Cell(column=value)
        else:
            inner = Block(f"{self.where}, {name}", value)
            values = inner.take("values", dict)
            cell = Cell(
                column=inner.text("column", required=True), values=_words(values) if values is not None else None
            )
            inner.finish()
        words = [cell.constant] if cell.constant else list((cell.values or {}).values())
        choice = set(allowed or words)
        if wrong := [each for each in words if each not in choice]:
            raise self.error(f"{name!r} says {wrong[0]!r}, must be one of {', '.join(sorted(choice))}")
        return cell

    def block(self, name: str) -> "Block":
        return Block(f"{self.where}, {name}", self.take(name, dict, required=True))

    def blocks(self, name: str, required: bool = False) -> list["Block"]:
        found = []
        for number, each in enumerate(self.take(name, list, required) or [], 1):
            if not isinstance(each, dict):
                raise self.error(f"{name!r} must be written as [[{name}]], not {each!r}")
            found.append(Block(f"{self.where}, {name} {number}", each))
        return found

    def finish(self) -> None:
        """Raises InputError if an entry was not asked for, with the nearest name that would have been."""
        for name in self._data:
            near = get_close_matches(name, self._asked, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(self._asked))}"
            raise self.error(f"unknown entry {name!r}; {hint}")

    def error(self, what: str) -> InputError:
        return InputError(f"{self.where}: {what}")


def word(value: Any) -> str:
    """A value as a cell would have it: TOML's `true` is `True`, as pandas writes it; matching ignores case."""
    return str(value)


def _words(values: Mapping[str, Any]) -> dict[str, str]:
    return {word(key): word(value) for key, value in values.items()}
