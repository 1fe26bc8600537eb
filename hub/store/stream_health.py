"""What the media server says of each camera's stream: since when it is published, how many read it, how much flows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hub.store.models import Camera
from hub.store.notify import CAMERA, notify_ids
from hub.store.rows import tuples


@dataclass(frozen=True, slots=True)
class StreamHealth:
    """A published stream; `kbit_per_s` is 0 until it has been looked at twice."""

    since: datetime | None
    readers: int
    kbit_per_s: int


NOTHING = StreamHealth(None, 0, 0)


def write(found: Mapping[int, StreamHealth]) -> None:
    """Keep what is published now; pages are told of a beginning, an end and of readers, not of every change of rate."""
    columns = (Camera.id, Camera.published_since, Camera.readers, Camera.kbit_per_s)
    told = []
    for camera_id, since, readers, rate in tuples(Camera.select(*columns)):
        before, now = StreamHealth(since, readers, rate), found.get(camera_id, NOTHING)
        if now == before:
            continue
        values = {"published_since": now.since, "readers": now.readers, "kbit_per_s": now.kbit_per_s}
        Camera.update(values).where(Camera.id == camera_id).execute()
        if (now.since, now.readers) != (before.since, before.readers):
            told.append(camera_id)
    notify_ids(CAMERA, told)


def published() -> list[tuple[int, int, int]]:
    """Camera, readers and kbit/s of every stream that is published now."""
    columns = (Camera.id, Camera.readers, Camera.kbit_per_s)
    query = Camera.select(*columns).where(Camera.published_since.is_null(False)).order_by(Camera.id)
    return [(camera_id, readers, rate) for camera_id, readers, rate in tuples(query)]
