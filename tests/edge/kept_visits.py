"""Visits that an outbox holds: those that wait, and those that the hub has."""

from uuid import UUID

from visit_reports import JPEG, closing

from edge.alerts.outbox import Outbox
from edge.wire.codec import decode
from edge.wire.messages import Committed, Visit

QUOTA = 10_000_000


def waiting(outbox: Outbox) -> list[Visit]:
    """What the hub is still to be sent, oldest first."""
    sequences = outbox.openings(1000) + outbox.closings(0, 1000)
    return [decode(Visit, payload) for s in sorted(sequences) if (payload := outbox.payload(s)) is not None]


def answered(outbox: Outbox, *, picture: bytes = JPEG) -> UUID:
    """A closed visit that the hub has."""
    report = closing(picture=picture)
    outbox.delete([Committed(report.visit_id, outbox.put(report))])
    return report.visit_id
