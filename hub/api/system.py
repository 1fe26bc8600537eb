"""How the hub itself does, and how long it keeps things: for the dashboard and for whoever looks after it."""

from dataclasses import asdict, replace
from datetime import UTC, datetime

from flask import Blueprint

from hub.api import actor
from hub.api.operation import operation
from hub.api.schemas import system as schemas
from hub.auth.guard import Role
from hub.services import services
from hub.store import keeping
from hub.store.models import database
from hub.store.picture_place import limits_of
from hub.store.processes import is_silent
from hub.system import SystemState, system_state

blueprint = Blueprint("system", __name__, url_prefix="/api")


@blueprint.get("/system")
@operation("system", Role.VIEWER, {200: schemas.System})
def get_system() -> schemas.System:
    """What the hub's processes say of broker, disk and pictures; `troubles` is what people should be shown."""
    return shown(datetime.now(UTC))


@blueprint.get("/retention")
@operation("system", Role.VIEWER, {200: schemas.Retention})
def get_retention() -> schemas.Retention:
    """How long alerts and pictures are kept, and in how much room; 0 is for ever, or all."""
    return schemas.Retention(**asdict(current_limits()))


@blueprint.patch("/retention")
@operation("system", Role.ADMIN, {200: schemas.Retention})
def change_retention(json: schemas.RetentionChange) -> schemas.Retention:
    """Let other limits hold from the next hour on: what is beyond them is then forgotten for good."""
    with database.atomic():
        before = current_limits()
        after = replace(before, **json.model_dump(exclude_unset=True))
        keeping.set_limits(after)
        actor.record("retention.change", "retention", asdict(before), asdict(after))
    return schemas.Retention(**asdict(after))


def shown(now: datetime) -> schemas.System:
    """How the hub does, as answers and pages show it."""
    state = system_state(now)
    return schemas.System(
        troubles=[schemas.SystemTrouble(what=trouble.what, text=trouble.text) for trouble in state.troubles],
        broker=schemas.SystemBroker(connected=not state.broker, reason=state.broker),
        disk=_disk(state),
        pictures=schemas.SystemPictures(
            kept=state.pictures_kept,
            bytes=state.jobs.picture_bytes,
            segments=state.jobs.picture_segments,
            shed=sum(facts.pictures_shed for facts in state.ingest),
        ),
        database_bytes=state.jobs.database_bytes,
        dead_letters=state.dead_letters,
        processes=[
            schemas.SystemProcess(
                name=process.name,
                kind=process.kind,
                started_at=process.started_at,
                seen_at=process.seen_at,
                silent=is_silent(process, now),
            )
            for process in state.processes
        ],
    )


def current_limits() -> keeping.Limits:
    """How long and how much is kept now."""
    return keeping.limits(limits_of(services().settings))


def _disk(state: SystemState) -> schemas.SystemDisk:
    rooms = [facts for facts in state.ingest if facts.free_bytes is not None]
    fullest = min(rooms, key=lambda facts: facts.free_bytes or 0, default=None)
    return schemas.SystemDisk(
        free_bytes=fullest.free_bytes if fullest else None, total_bytes=fullest.total_bytes if fullest else None
    )
