"""What devices say of themselves, given to whoever keeps it."""

import json

import structlog
from peewee import DataError, IntegrityError

from edge.wire.messages import Answer, Health, Reported
from hub.fleet.reported import apply_health, apply_reported, apply_status
from hub.ingest.sorting import DeviceReport, Report, letter
from hub.store import dead_letters
from hub.store.notify import LIMIT, notify

ANSWER = "watchpost_answer"
log = structlog.get_logger(__name__)


def apply(said: DeviceReport) -> None:
    """Write one report; what the database refuses becomes a dead letter, what a stranger says a line in the log."""
    try:
        known = _apply(said.device_id, said.report)
    except (DataError, IntegrityError) as error:
        reason = f"the database refuses it: {str(error).strip().splitlines()[0]}"
        dead_letters.keep([letter(said.message, reason)])
        return
    if not known:
        log.warning("a report of a device that is not approved", device_id=said.device_id, topic=said.message.topic)


def _apply(device_id: str, report: Report) -> bool:
    if isinstance(report, Answer):
        return _tell(device_id, report)
    if isinstance(report, Health):
        return apply_health(device_id, report)
    if isinstance(report, Reported):
        return apply_reported(device_id, report)
    return apply_status(device_id, report)


def _tell(device_id: str, answer: Answer) -> bool:
    """Tell whoever waits what came of a command; pictures and long details do not fit into a notice and stay behind."""
    told = {"device_id": device_id, "command_id": str(answer.command_id), "error": answer.error}
    payload = json.dumps({**told, "details": answer.details})
    notify(ANSWER, payload if len(payload) <= LIMIT else json.dumps(told))
    return True
