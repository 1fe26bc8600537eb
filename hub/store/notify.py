"""PostgreSQL's NOTIFY, the only bus between the hub's processes: delivered when the transaction commits."""

from collections.abc import Iterable

from hub.store.models import database

DESIRED = "watchpost_desired"
COMMAND = "watchpost_command"
ALERT = "watchpost_alert"
CAMERA = "watchpost_camera"
DEVICE = "watchpost_device"
SESSION = "watchpost_session"
USER = "watchpost_user"
LIMIT = 7900  # bytes; PostgreSQL takes less than 8000


def notify(channel: str, payload: str) -> None:
    """Tell every listener; part of the running transaction, if there is one."""
    database.execute_sql("SELECT pg_notify(%s, %s)", (channel, payload))


def notify_ids(channel: str, ids: Iterable[object]) -> None:
    """Tell of many ids, comma-separated, in as few messages as fit."""
    line = ""
    for text in map(str, ids):
        if line and len(line) + 1 + len(text) > LIMIT:
            notify(channel, line)
            line = ""
        line = f"{line},{text}" if line else text
    if line:
        notify(channel, line)
