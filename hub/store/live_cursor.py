"""Where the live feed stands now: a page shows what there is and asks the feed for what comes after."""

from peewee import fn

from hub.store.models import Alert


def newest() -> str:
    """The cursor of the newest alert; `0` before the first."""
    found: int | None = Alert.select(fn.MAX(Alert.ordinal)).scalar()
    return str(found or 0)
