"""What came over MQTT, sorted: visits to store, letters that go nowhere, reports of devices. Pure; raises nothing."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from io import BytesIO
from uuid import UUID

import cbor2

from edge.wire.codec import decode, decode_json
from edge.wire.errors import WireError
from edge.wire.messages import Answer, Committed, Health, Reported, Selftest, Status, Visit
from edge.wire.topics import FROM_DEVICE, Kind, parse
from hub.store.dead_letters import Letter

Report = Answer | Health | Reported | Selftest | Status


@dataclass(slots=True)  # not frozen, like all that is made for every message
class Incoming:
    """One message as the broker gave it."""

    topic: str
    payload: bytes = field(repr=False)
    received_at: datetime


@dataclass(slots=True)  # not frozen: see Incoming
class PlacedVisit:
    """A visit of a camera that belongs to the device that sent it."""

    device_id: str
    camera_id: int
    visit: Visit
    message: Incoming


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """What a device says of itself."""

    device_id: str
    report: Report
    message: Incoming


@dataclass(slots=True)
class Sorted:
    """A batch; `committed` is what each device may forget once all of it is stored."""

    visits: list[PlacedVisit] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    reports: list[DeviceReport] = field(default_factory=list)
    committed: dict[str, list[Committed]] = field(default_factory=dict)

    def withheld(self) -> dict[str, list[Committed]]:
        """`committed` without the visits that have a picture: for when there was no room for pictures."""
        pictured = {(placed.visit.visit_id, placed.visit.sequence) for placed in self.visits if placed.visit.picture}
        return {
            device_id: [pair for pair in pairs if (pair.visit_id, pair.sequence) not in pictured]
            for device_id, pairs in self.committed.items()
        }


def sort(messages: Iterable[Incoming], owner: Callable[[int], str | None]) -> Sorted:
    """Decode and place; `owner` tells the device of a camera. The device is always the one that the topic names."""
    batch = Sorted()
    for message in messages:
        try:
            _place(batch, message, owner)
        except WireError as error:
            batch.letters.append(letter(message, str(error)))
    return batch


def letter(message: Incoming, reason: str) -> Letter:
    """What is kept of a message that goes nowhere."""
    return Letter(message.received_at, message.topic, message.payload, reason)


def _place(batch: Sorted, message: Incoming, owner: Callable[[int], str | None]) -> None:
    address = parse(message.topic)
    if address.kind is Kind.VISIT:
        _place_visit(batch, message, address.device_id, owner)
    elif address.kind not in FROM_DEVICE:
        raise WireError("topic", f"{address.kind} is not for a device to say")
    elif message.payload:  # an empty one takes a retained message back
        batch.reports.append(DeviceReport(address.device_id, _report(address.kind, message.payload), message))


def _place_visit(batch: Sorted, message: Incoming, device_id: str, owner: Callable[[int], str | None]) -> None:
    try:
        visit = decode(Visit, message.payload)
        camera_id = _camera_id(visit.camera)
        if owner(camera_id) != device_id:
            raise WireError("camera", f"{visit.camera} is not a camera of {device_id}")
    except WireError:
        # It goes to the dead letters, where nothing is lost: the device must not send it for ever.
        if (readable := _committed(message.payload)) is not None:
            batch.committed.setdefault(device_id, []).append(readable)
        raise
    batch.visits.append(PlacedVisit(device_id, camera_id, visit, message))
    batch.committed.setdefault(device_id, []).append(Committed(visit.visit_id, visit.sequence))


def _camera_id(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise WireError("camera", f"{text!r} is not the id of a camera")
    return int(text)


def _report(kind: Kind, payload: bytes) -> Report:
    if kind is Kind.STATUS:
        return decode_json(Status, payload)
    if kind is Kind.HEALTH:
        return decode_json(Health, payload)
    if kind is Kind.SELFTEST:
        return decode_json(Selftest, payload)
    return decode(Reported, payload) if kind is Kind.REPORTED else decode(Answer, payload)


def _committed(payload: bytes) -> Committed | None:
    """Id and sequence of a visit message of which only these can be read."""
    try:
        plain = cbor2.load(BytesIO(payload))
    except (cbor2.CBORDecodeError, ValueError, OverflowError, RecursionError, TypeError):
        return None
    if not isinstance(plain, dict):
        return None
    visit_id, sequence = plain.get("visit_id"), plain.get("sequence")
    if isinstance(visit_id, UUID) and type(sequence) is int and 0 <= sequence <= 2**53:
        return Committed(visit_id, sequence)
    return None


def merged(visits: Iterable[PlacedVisit]) -> list[PlacedVisit]:
    """One message for each visit: its closing if it came, else the first opening; a picture rather than none."""
    chosen: dict[tuple[UUID, datetime], PlacedVisit] = {}
    for placed in visits:
        key = (placed.visit.visit_id, placed.visit.opened_at)
        rival = chosen.get(key)
        if rival is None or (rival.visit.closed_at is None and placed.visit.closed_at is not None):
            chosen[key] = placed if rival is None else _with_picture(placed, rival.visit)
    return list(chosen.values())


def _with_picture(closing: PlacedVisit, opening: Visit) -> PlacedVisit:
    """A closing whose picture had to be given up, with the one of the opening."""
    if closing.visit.picture or not opening.picture:
        return closing
    best = {name: getattr(opening, name) for name in ("score", "box", "picture", "picture_sha256")}
    return replace(closing, visit=replace(closing.visit, **best))
