"""Times as people read them, in the viewer's zone; static/js/time.js says the same things in the browser."""

from datetime import UTC, datetime, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from markupsafe import Markup

Style = Literal["ago", "clock", "moment", "day"]
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def zone_named(name: str) -> tzinfo:
    """The time zone that a browser told in its cookie; UTC when it is none."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def parsed(value: str | datetime) -> datetime:
    """A time of the API (RFC 3339 text or an aware datetime)."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def zoned(value: str | datetime, now: datetime) -> datetime:
    """A time of the API in the zone of `now`; at either end of all times, where that zone may have none, as it is."""
    then = parsed(value)
    try:
        return then.astimezone(now.tzinfo)
    except OverflowError:
        return then


def ago(then: datetime, now: datetime) -> str:
    """How long ago, in one unit: `just now`, `12 s ago`, `3 min ago`, `5 h ago`, `3 d ago`."""
    seconds = (now - then).total_seconds()
    return "just now" if seconds < 5 else f"{duration(seconds)} ago"


def duration(seconds: float) -> str:
    """A length of time in its largest whole unit."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"


def clock(then: datetime) -> str:
    """The time of day."""
    return f"{then:%H:%M:%S}"


def day(then: datetime, now: datetime) -> str:
    """`Today`, `Yesterday`, a weekday with its date, or the full date of another year."""
    days = (now.date() - then.date()).days
    if days in (0, 1):
        return ("Today", "Yesterday")[days]
    date = f"{then.day} {MONTHS[then.month - 1]}"
    return f"{DAYS[then.weekday()]} {date}" if then.year == now.year else f"{date} {then.year}"


def moment(then: datetime, now: datetime) -> str:
    """Day and time of day, the day left out today."""
    text = f"{then:%H:%M}"
    return text if then.date() == now.date() else f"{day(then, now)}, {text}"


def local(value: str | datetime, now: datetime) -> str:
    """A time in the zone of `now` to the minute, as `<input type="datetime-local">` has it."""
    return f"{zoned(value, now):%Y-%m-%dT%H:%M}"


def element(value: str | datetime, style: Style, now: datetime) -> Markup:
    """A `<time>` element in the zone of `now`, which the browser keeps up to date."""
    then = zoned(value, now)
    text = {"ago": ago(then, now), "clock": clock(then), "moment": moment(then, now), "day": day(then, now)}[style]
    iso = then.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Markup('<time datetime="{}" data-as="{}">{}</time>').format(iso, style, text)
