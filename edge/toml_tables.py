"""TOML tables into dataclasses, collecting every problem instead of stopping at the first."""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import Any, Protocol, TypeVar, get_args, get_origin, get_type_hints, runtime_checkable

import msgspec

from edge.toml_lines import Place, line_of

T = TypeVar("T")
Doubt = tuple[Place, str]


@runtime_checkable
class Doubtful(Protocol):
    """A table that knows more about its values than their types say."""

    def doubts(self) -> Iterable[Doubt]:
        """Keys below this table, and what is wrong with them."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong, at which line of the file, with which key."""

    line: int
    key: str
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.key}: {self.text}" if self.key else f"line {self.line}: {self.text}"


class TableReader:
    """Reads tables of one file; `problems` fills up, and what has a problem takes its default or is left out."""

    def __init__(self, lines: Mapping[Place, int], folder: Path) -> None:
        self._lines = dict(lines)
        self._folder = folder
        self.problems: list[Problem] = []

    def complain(self, place: Place, text: str) -> None:
        """Add a problem with the key at `place`."""
        self.problems.append(Problem(line_of(place, self._lines), _spelled(place), text))

    def read(self, kind: type[T], plain: Mapping[str, Any], place: Place = ()) -> T | None:
        """The dataclass that a table holds, None (and problems) if a required key is missing or wrong."""
        names = [item.name for item in fields(kind)]  # type: ignore[arg-type]
        for unknown in (key for key in plain if key not in names):
            self.complain((*place, unknown), f"unknown key{_did_you_mean(unknown, names)}")
        types = get_type_hints(kind, include_extras=True)
        values, complete = {}, True
        for item in fields(kind):  # type: ignore[arg-type]
            required = item.default is MISSING and item.default_factory is MISSING
            if item.name not in plain:
                if required:
                    self.complain(place, f"{item.name} is missing")
                    complete = False
                continue
            value = self._value(types[item.name], plain[item.name], (*place, item.name))
            if value is not None:
                values[item.name] = value
            complete = complete and (value is not None or not required)
        return self._checked(kind(**values), place) if complete else None

    def _checked(self, value: T, place: Place) -> T:
        for key, text in value.doubts() if isinstance(value, Doubtful) else ():
            self.complain(place + key, text)
        return value

    def _value(self, wanted: Any, raw: object, place: Place) -> Any:
        if isinstance(wanted, type) and is_dataclass(wanted):
            return self._table(wanted, raw, place)
        if get_origin(wanted) is tuple and is_dataclass(get_args(wanted)[0]):
            return self._tables(get_args(wanted)[0], raw, place)
        if wanted is Path or (isinstance(wanted, UnionType) and Path in get_args(wanted)):
            return self._path(raw, place)
        try:
            return msgspec.convert(raw, wanted)
        except msgspec.ValidationError as error:
            self.complain(place, _reason(error, wanted, raw))
            return None

    def _table(self, wanted: type[T], raw: object, place: Place) -> T | None:
        if isinstance(raw, dict):
            return self.read(wanted, raw, place)
        self.complain(place, f"should be a table, [{_spelled(place)}]")
        return None

    def _tables(self, wanted: type[T], raw: object, place: Place) -> tuple[T, ...] | None:
        if not isinstance(raw, list):
            self.complain(place, f"should be a list of tables, [[{_spelled(place)}]]")
            return None
        read = [self._table(wanted, item, (*place, index)) for index, item in enumerate(raw)]
        return tuple(item for item in read if item is not None)

    def _path(self, raw: object, place: Place) -> Path | None:
        if isinstance(raw, str) and raw and "\0" not in raw:
            return self._folder / Path(raw).expanduser()
        self.complain(place, "should be a path, in quotes")
        return None


def _reason(error: msgspec.ValidationError, wanted: Any, raw: object) -> str:
    reason = str(error).partition(" - at `$")[0].replace("`", "")
    if isinstance(wanted, type) and issubclass(wanted, StrEnum) and isinstance(raw, str):
        choices = [str(choice) for choice in wanted]
        return f"{raw!r} is not one of {', '.join(choices)}{_did_you_mean(raw, choices)}"
    return reason[0].lower() + reason[1:]


def _did_you_mean(word: str, known: list[str]) -> str:
    close = get_close_matches(word, known, n=1)
    return f", did you mean {close[0]}?" if close else ""


def _spelled(place: Place) -> str:
    text = ""
    for part in place:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")
