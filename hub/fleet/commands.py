"""Asking a device to do something at once: checked, written down, and passed on to ingest, which tells the device."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

from edge.wire.messages import Action, Answer
from hub.errors import Conflict, TooMany
from hub.fleet.source_url import without_secrets
from hub.secrets import Sealer
from hub.store import commands, devices
from hub.store.models import Command, database
from hub.store.notify import COMMAND, notify

PATIENCE_S = {Action.SNAPSHOT: 15, Action.PROBE: 15, Action.RESTART: 15, Action.SELFTEST: 30}
WAITING_MOST = 8  # as many as a device takes at once
State = Literal["waiting", "done", "failed", "timeout"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants of a device; `url`, for a probe, with its credentials."""

    action: Action
    by: str
    camera_id: int | None = None
    url: str = field(default="", repr=False)


def ask(device_id: str, asked: Asked, sealer: Sealer) -> UUID:
    """Write a command down and have it told; Conflict when the device could not hear it, TooMany when it has enough.

    Part of the running transaction. An unknown device is a Conflict, too: routes answer 404 before.
    """
    now = datetime.now(UTC)
    _check(device_id, now)
    command_id = uuid4()
    commands.insert(
        {
            "id": command_id,
            "device": device_id,
            "action": str(asked.action),
            "camera_id": asked.camera_id,
            "url_sealed": sealer.seal(asked.url) if asked.url else None,
            "asked_by": asked.by,
            "asked_at": now,
            "expires_at": now + timedelta(seconds=PATIENCE_S[asked.action]),
        }
    )
    notify(COMMAND, str(command_id))
    return command_id


def apply_answer(device_id: str, answer: Answer) -> bool:
    """Keep what a device answers; false when nobody has asked it that, or it is forgotten by now."""
    error = without_secrets(answer.error)[:500]
    values = {"error": error, "details": answer.details, "picture": answer.picture or None}
    with database.atomic():
        return commands.answer(device_id, answer.command_id, {**values, "answered_at": datetime.now(UTC)})


def state_of(command: Command, now: datetime) -> tuple[State, str]:
    """How a command stands, and why it failed in words for people; an answer that came late is an answer."""
    if command.answered_at is not None:
        return ("failed", command.error) if command.error else ("done", "")
    if now <= command.expires_at:
        return "waiting", ""
    patience = PATIENCE_S[Action(command.action)]
    if command.told_at is None:
        return "timeout", f"the hub could not tell the device within {patience} s: its ingest or the broker is away"
    return "timeout", f"the device did not answer in {patience} s"


def _check(device_id: str, now: datetime) -> None:
    device = devices.locked(device_id)
    if device is None or device.state != devices.APPROVED:
        raise Conflict(f"device {device_id} is not enrolled")
    if not device.online:
        since = f" since {device.online_since:%Y-%m-%d %H:%M} UTC" if device.online_since else ""
        raise Conflict(f"device {device_id} is offline{since}: it does not hear commands")
    if commands.waiting_count(device_id, now) >= WAITING_MOST:
        raise TooMany(f"device {device_id} has {WAITING_MOST} commands to answer first", 5)
