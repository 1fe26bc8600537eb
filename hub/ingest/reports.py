"""What devices say of themselves, given to whoever keeps it."""

import structlog
from peewee import DataError, IntegrityError

from edge.wire.messages import Answer, Health, Reported, Selftest
from hub.fleet.commands import apply_answer
from hub.fleet.reported import apply_health, apply_reported, apply_selftest, apply_status
from hub.ingest.sorting import DeviceReport, letter
from hub.store import dead_letters

log = structlog.get_logger(__name__)


def apply(said: DeviceReport) -> None:
    """Write one report; what the database refuses becomes a dead letter, what a stranger says a line in the log."""
    try:
        known = _apply(said)
    except (DataError, IntegrityError) as error:
        reason = f"the database refuses it: {str(error).strip().splitlines()[0]}"
        dead_letters.keep([letter(said.message, reason)])
        return
    if not known:
        log.warning("a report that nobody expects", device_id=said.device_id, topic=said.message.topic)


def _apply(said: DeviceReport) -> bool:
    report = said.report
    if isinstance(report, Answer):
        return apply_answer(said.device_id, report)
    if isinstance(report, Health):
        return apply_health(said.device_id, report, said.message.received_at)
    if isinstance(report, Reported):
        return apply_reported(said.device_id, report)
    if isinstance(report, Selftest):
        return apply_selftest(said.device_id, report)
    return apply_status(said.device_id, report)
