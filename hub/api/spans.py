"""Spans of time in questions."""

from datetime import UTC, datetime, timedelta

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def before(moment: datetime, span: timedelta) -> datetime:
    """A span earlier; not before the first day that can be told."""
    return moment - span if moment - FIRST > span else FIRST


def behind(moment: datetime, span: timedelta) -> datetime:
    """A span later; not after the last moment that can be told."""
    return moment + span if LAST - moment > span else LAST
