"""Who was let in at the media server: under the id by which its API lists them and can send them away."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.store.models import MediaSession


@dataclass(frozen=True, slots=True)
class Admission:
    """What was allowed to whom: `subject` is a device or a user, `session` the log-in or API token of a user."""

    action: str
    path: str
    subject: str
    session: str


def admit(media_id: UUID, admission: Admission, now: datetime) -> None:
    """Remember who was let in; the last answer counts."""
    values: dict[str, object] = {"action": admission.action, "path": admission.path, "subject": admission.subject}
    values |= {"session_id": admission.session, "admitted_at": now}
    insert = MediaSession.insert({"id": media_id, **values})
    insert.on_conflict(conflict_target=[MediaSession.id], update=values).execute()


def admissions(media_ids: Iterable[UUID]) -> dict[UUID, Admission]:
    """Who those are that the media server lists; strangers are left out."""
    found = MediaSession.select().where(MediaSession.id.in_(list(media_ids)))
    return {row.id: Admission(row.action, row.path, row.subject, row.session_id) for row in found}


def forget(running: Collection[UUID], before: datetime) -> int:
    """Forget those who have left; who was let in only now may not be listed yet. Returns how many."""
    gone = MediaSession.delete().where(MediaSession.admitted_at < before)  # type: ignore[misc]
    return int(gone.where(MediaSession.id.not_in(list(running))).execute() if running else gone.execute())
