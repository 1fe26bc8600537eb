"""Query results with their types: peewee's stubs know neither tuples nor what `first` gives back."""

from typing import Any, TypeVar

from hub.store.models import Table

M = TypeVar("M", bound=Table)


def first(query: Any, kind: type[M]) -> M | None:
    """The first row as a model, or None."""
    row = query.first()
    assert row is None or isinstance(row, kind)
    return row


def models(query: Any, kind: type[M]) -> list[M]:
    """Every row as a model."""
    rows = list(query)
    assert all(isinstance(row, kind) for row in rows)
    return rows


def tuples(query: Any) -> list[tuple[Any, ...]]:
    """Every row as a tuple, of a SELECT or of what RETURNING gives back."""
    return list(query.tuples().execute())


def column(query: Any) -> list[Any]:
    """The first value of every row."""
    return [row[0] for row in tuples(query)]
