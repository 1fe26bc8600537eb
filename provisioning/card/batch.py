"""Many cards from one CSV: every row is checked before the first byte is written."""

import csv
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from provisioning.card.request import FIELDS, read_card
from provisioning.card.values import Card
from provisioning.errors import CardError


def read_batch(path: Path, defaults: Mapping[str, str], now: datetime) -> list[Card]:
    """The cards of a CSV with a header row; a column that is missing or empty falls back to `defaults`."""
    rows = _rows(path)
    problems, cards, line_of = [], [], dict[str, int]()
    for line, row in rows:
        try:
            card = read_card({**defaults, **{key: value for key, value in row.items() if value}}, now)
        except CardError as error:
            problems.append(f"line {line}: {error}")
            continue
        if card.name in line_of:
            problems.append(f"line {line}: name: {card.name} is already on line {line_of[card.name]}")
        line_of.setdefault(card.name, line)
        cards.append(card)
    problems += _shared_tokens(cards)
    if problems:
        raise CardError(f"{path}: {'; '.join(problems)}")
    return cards


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, strict=True)
            unknown = sorted(set(reader.fieldnames or ()) - FIELDS)
            if unknown or not reader.fieldnames:
                known = ", ".join(sorted(FIELDS))
                raise CardError(f"{path}: no such column: {', '.join(unknown) or '(none at all)'}; known are {known}")
            rows = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CardError(f"{path} cannot be read as CSV: {error}") from None
    if not rows:
        raise CardError(f"{path} has no cards in it")
    wide = [line for line, row in rows if None in row]
    if wide:
        raise CardError(f"{path}: line {wide[0]} has more columns than the header")
    return rows


def _shared_tokens(cards: list[Card]) -> list[str]:
    first: dict[str, str] = {}
    problems = []
    for card in cards:
        if card.token and card.token in first:
            problems.append(f"token: {card.name} and {first[card.token]} share one; each card needs its own")
        first.setdefault(card.token, card.name)
    return problems
