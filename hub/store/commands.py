"""Commands to devices: asked by a web process, told by ingest, answered by the device, forgotten after some minutes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hub.store import rows
from hub.store.models import Command

KEPT = timedelta(minutes=15)
KEPT_EACH = 30  # of one device: with a picture of at most 2 MiB each, this is what bounds the table


def insert(values: dict[str, Any]) -> None:
    """A new command; the oldest of its device make room."""
    Command.insert(values).execute()
    of_device = Command.select(Command.id).where(Command.device == values["device"])
    too_many = of_device.order_by(Command.asked_at.desc(), Command.id).offset(KEPT_EACH)
    Command.delete().where(Command.id.in_(too_many)).execute()  # type: ignore[misc]


def one(device_id: str, command_id: UUID) -> Command | None:
    """A command to this device."""
    return rows.first(Command.select().where(Command.id == command_id, Command.device == device_id), Command)


def waiting_count(device_id: str, now: datetime) -> int:
    """How many commands this device may still answer in time."""
    mine = (Command.device == device_id, Command.answered_at.is_null(), Command.expires_at > now)
    return int(Command.select().where(*mine).count())


def take(command_id: UUID, now: datetime) -> Command | None:
    """A command to be told now, its secret with it for the last time; None when it was told, or is too late."""
    untold = (Command.told_at.is_null(), Command.answered_at.is_null(), Command.expires_at > now)
    found = rows.first(Command.select().where(Command.id == command_id, *untold).for_update(), Command)
    if found is not None:
        Command.update(told_at=now, url_sealed=None).where(Command.id == command_id).execute()
    return found


def untold(now: datetime) -> Sequence[UUID]:
    """What was asked while nobody could tell it, and is not too late."""
    good = (Command.told_at.is_null(), Command.answered_at.is_null(), Command.expires_at > now)
    return rows.column(Command.select(Command.id).where(*good).order_by(Command.asked_at))


def answer(device_id: str, command_id: UUID, values: dict[str, Any]) -> bool:
    """Write what came of a command; false when this device was asked no such thing, or has answered."""
    asked = (Command.id == command_id, Command.device == device_id, Command.answered_at.is_null())
    return bool(Command.update({**values, "url_sealed": None}).where(*asked).execute())


def forget(now: datetime) -> int:
    """Remove what is over; how many."""
    return int(Command.delete().where(Command.asked_at < now - KEPT).execute())  # type: ignore[misc]
