"""Leases: who watches which camera until when."""

from datetime import datetime

from hub.store.models import Lease
from hub.store.rows import column


def renew(camera_id: int, viewer: str, now: datetime, until: datetime) -> bool:
    """Whether this viewer's lease was still running; it runs on."""
    theirs = (Lease.camera == camera_id, Lease.viewer == viewer, Lease.expires_at > now)
    return bool(Lease.update(expires_at=until).where(*theirs).execute())


def take(camera_id: int, viewer: str, until: datetime) -> None:
    """A new lease, or an ended one that runs again."""
    lease = Lease.insert(camera=camera_id, viewer=viewer, expires_at=until)
    lease.on_conflict(conflict_target=[Lease.camera, Lease.viewer], preserve=[Lease.expires_at]).execute()


def running(camera_id: int, now: datetime) -> bool:
    """Whether anybody watches."""
    return bool(Lease.select().where(Lease.camera == camera_id, Lease.expires_at > now).exists())


def cameras_with_ended(now: datetime) -> list[int]:
    """The cameras that somebody's lease has ended for."""
    query = Lease.select(Lease.camera).where(Lease.expires_at <= now)
    return column(query.distinct().order_by(Lease.camera))


def delete_ended(camera_id: int, now: datetime) -> int:
    """Forget the ended leases of one camera; how many."""
    query = Lease.delete().where(Lease.camera == camera_id, Lease.expires_at <= now)
    return int(query.execute())
