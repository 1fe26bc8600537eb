"""Spans of time in questions."""

from datetime import UTC, datetime, timedelta

FIRST = datetime.min.replace(tzinfo=UTC)


def before(moment: datetime, span: timedelta) -> datetime:
    """A span earlier; not before the first day that can be told."""
    return moment - span if moment - FIRST > span else FIRST
