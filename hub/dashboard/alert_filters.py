"""What of the alerts a page shows: read from its address, written back into links and into the API's query."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from urllib.parse import urlencode

RANGES = {
    "day": ("24 hours", timedelta(days=1)),
    "week": ("7 days", timedelta(days=7)),
    "month": ("30 days", timedelta(days=30)),
}
LATEST = "week"
# What is told of beyond these is all there is: sums with them, and every zone, stay within the years that can be told.
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
SEEN = {"true": True, "false": False}
LONGEST_ID = 15


@dataclass(frozen=True, slots=True)
class AlertFilters:
    """`range` is the width of the timeline; `since` and `until`, if picked, a part of it."""

    range: str = LATEST
    since: datetime | None = None
    until: datetime | None = None
    camera_id: int | None = None
    location: str | None = None
    min_score: float | None = None
    acknowledged: bool | None = None

    @classmethod
    def read(cls, args: Mapping[str, str], zone: tzinfo = UTC) -> "AlertFilters":
        """From a query string; what cannot be read is left out, as in a link that was cut.

        Times without an offset, as a form sends them, are in the viewer's `zone`.
        """
        return cls(
            range=args["range"] if args.get("range") in RANGES else LATEST,
            since=_time(args.get("since", ""), zone),
            until=_time(args.get("until", ""), zone),
            camera_id=_id(args.get("camera_id", "")),
            location=args.get("location", "")[:200].replace("\0", "") or None,
            min_score=_fraction(args.get("min_score", "")),
            acknowledged=SEEN.get(args.get("acknowledged", "")),
        )

    @property
    def any(self) -> bool:
        """Whether anything but the width of the timeline is chosen."""
        return self != AlertFilters(range=self.range)

    @property
    def picked(self) -> bool:
        """Whether a part of the timeline is chosen."""
        return self.since is not None or self.until is not None

    @property
    def timed(self) -> bool:
        """Whether a time of any kind is chosen; the width that a list has by itself is not."""
        return self.picked or self.range != LATEST

    @property
    def bucket(self) -> str:
        """How fine the timeline is."""
        return "day" if self.range == "month" else "hour"

    @property
    def texts(self) -> dict[str, str]:
        """Every filter as its parameter says it, empty where none is chosen."""
        return {name: _text(getattr(self, name)) for name in self.__slots__}

    def window(self, now: datetime) -> tuple[datetime, datetime]:
        """The time that the timeline spans, from a full hour: up to now, or around what was picked if that is older."""
        width = RANGES[self.range][1]
        end = now
        if self.until is not None and self.until < now - width:
            end = min(now, self.until + width / 4)
        elif self.since is not None and self.since < now - width:
            end = min(now, self.since + width)
        return (end - width).replace(minute=0, second=0, microsecond=0), end

    def shown(self, now: datetime) -> tuple[datetime, datetime | None]:
        """From when to when alerts are listed."""
        start = self.window(now)[0]
        return (self.since or start, self.until) if self.picked else (start, None)

    def address(self, **changes: str) -> str:
        """The query string of a page with these filters, `?` included; empty for the default."""
        values = self.texts | changes
        if values["range"] == LATEST:
            values["range"] = ""
        given = {name: value for name, value in values.items() if value}
        return "?" + urlencode(given) if given else ""

    def api_query(self, now: datetime) -> dict[str, str]:
        """The same as parameters of GET /api/alerts, which knows cameras but no places."""
        since, until = self.shown(now)
        values: dict[str, object] = {"since": since, "until": until, "camera_id": self.camera_id}
        values |= {"min_score": self.min_score, "acknowledged": self.acknowledged}
        return {name: text for name, value in values.items() if (text := _text(value))}


def utc_text(time: datetime) -> str:
    """A time as RFC 3339 in UTC."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return utc_text(value)
    return str(value)


def _time(text: str, zone: tzinfo) -> datetime | None:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    aware = read if read.tzinfo else read.replace(tzinfo=zone)
    return max(FIRST, min(aware, LAST)).astimezone(UTC)


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID and int(text) > 0 else None


def _fraction(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 < value <= 1 else None
