"""Where each key of a TOML text stands: a small scan, for messages only (tomllib keeps no line numbers)."""

import re
from collections import Counter

Place = tuple[str | int, ...]

TABLE = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]")
KEY = re.compile(r"""\s*([A-Za-z0-9_\-."']+(?:\s*\.\s*[A-Za-z0-9_\-"']+)*)\s*=""")


def line_numbers(text: str) -> dict[Place, int]:
    """The line (from 1) of every table and key that stands on a line of its own; inline tables are not looked into."""
    lines: dict[Place, int] = {(): 1}
    counts: Counter[Place] = Counter()
    table: Place = ()
    within = ""
    for number, line in enumerate(text.splitlines(), 1):
        if within:
            within = "" if within in line else within
        elif header := TABLE.match(line):
            table = _table(_parts(header[2]), header[1] == "[[", counts)
            lines.setdefault(table, number)
        elif key := KEY.match(line):
            lines.setdefault(table + _parts(key[1]), number)
            within = _opened(line)
    return lines


def line_of(place: Place, lines: dict[Place, int]) -> int:
    """The line of a place, or of the nearest table or key around it."""
    while place not in lines:
        place = place[:-1]
    return lines[place]


def _table(parts: Place, is_array: bool, counts: "Counter[Place]") -> Place:
    place: Place = ()
    for part in parts[:-1] if is_array else parts:
        place = (*place, part)
        place = (*place, counts[place] - 1) if place in counts else place
    if not is_array:
        return place
    place = (*place, parts[-1])
    counts[place] += 1
    return (*place, counts[place] - 1)


def _parts(dotted: str) -> Place:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _opened(line: str) -> str:
    """The quotes of a multi-line string that begins on this line and does not end there."""
    return next((quotes for quotes in ('"""', "'''") if line.count(quotes) == 1), "")
