"""Leases: who watches which camera until when."""

from datetime import datetime

from hub.store.models import Lease
from hub.store.rows import column


def renew(camera_id: int, viewer: str, width: int, now: datetime, until: datetime) -> bool:
    """Whether this viewer's lease for that width was still running; it runs on."""
    theirs = (Lease.camera == camera_id, Lease.viewer == viewer, Lease.width == width, Lease.expires_at > now)
    return bool(Lease.update(expires_at=until).where(*theirs).execute())


def take(camera_id: int, viewer: str, width: int, until: datetime) -> None:
    """A new lease, an ended one that runs again, or one for another width."""
    lease = Lease.insert(camera=camera_id, viewer=viewer, width=width, expires_at=until)
    changed = [Lease.expires_at, Lease.width]
    lease.on_conflict(conflict_target=[Lease.camera, Lease.viewer], preserve=changed).execute()


def widths(camera_id: int, now: datetime) -> list[int]:
    """How wide everybody who watches sees it; empty when nobody does."""
    return column(Lease.select(Lease.width).where(Lease.camera == camera_id, Lease.expires_at > now))


def ended_widths(camera_id: int, now: datetime) -> list[int]:
    """How wide those saw it whose lease has ended."""
    return column(Lease.select(Lease.width).where(Lease.camera == camera_id, Lease.expires_at <= now))


def cameras_with_ended(now: datetime) -> list[int]:
    """The cameras that somebody's lease has ended for."""
    query = Lease.select(Lease.camera).where(Lease.expires_at <= now)
    return column(query.distinct().order_by(Lease.camera))


def delete_ended(camera_id: int, now: datetime) -> int:
    """Forget the ended leases of one camera; how many."""
    query = Lease.delete().where(Lease.camera == camera_id, Lease.expires_at <= now)  # type: ignore[misc]
    return int(query.execute())
