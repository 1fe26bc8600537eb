"""Who is at the media server is measured again by the rule that let them in, and sent away when it no longer holds.

The present is compared with what is allowed, not events with events: whatever took somebody's right away (a log-out, a
deleted camera, a revoked device, a stop, a restored database), and however long the hub was not there, the next look
ends it. A NOTIFY only makes that look come at once.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import structlog
from playhouse.pool import PooledPostgresqlDatabase

from hub.media.access import Knowledge, Refused, camera_of, still
from hub.media.client import MediaApi, PathHealth, Running
from hub.media.errors import MediaServerError
from hub.media.tokens import Grant
from hub.store import media_sessions, stream_health
from hub.store.db import TROUBLE
from hub.store.errors import first_line
from hub.store.listen import Listen
from hub.store.media_sessions import Admission
from hub.store.notify import CAMERA, DEVICE, SESSION
from hub.store.stream_health import StreamHealth

CHANNELS = (SESSION, CAMERA, DEVICE)
EVERY_S = 5.0
SETTLE_S = 0.2  # notices come in swarms; one look answers all of them
RETRY_S = 2.0
NEWCOMER = timedelta(seconds=10)  # listed before the answer to the hook has been taken in
log = structlog.get_logger(__name__)


def look(api: MediaApi, know: Knowledge, now: datetime) -> list[Running]:
    """Send away who may no longer be there; who that was. MediaServerError when the media server does not answer."""
    running = api.running()
    admitted = media_sessions.admissions(one.id for one in running)
    ended = []
    for one in running:
        if reason := _objection(one, admitted.get(one.id), know, now):
            log.info("media session ended", path=one.path, kind=one.kind, reason=reason)
            api.end(one)
            ended.append(one)
    media_sessions.forget([one.id for one in running], now - NEWCOMER)
    return ended


def _objection(one: Running, admission: Admission | None, know: Knowledge, now: datetime) -> str:
    """Why somebody may not be there, empty if they may."""
    if admission is None:
        return "nobody let them in" if now - one.created > NEWCOMER else ""
    decision = still(Grant(admission.action, admission.path, admission.subject, admission.session), know)
    return decision.reason if isinstance(decision, Refused) else ""


@dataclass(frozen=True, slots=True)
class Counted:
    """Bytes that a path had taken in at a time."""

    at: float
    inbound_bytes: int


class Rates:
    """What flows into each path, from one look to the next."""

    def __init__(self) -> None:
        self._before: dict[str, Counted] = {}

    def of(self, paths: list[PathHealth], at: float) -> dict[int, StreamHealth]:
        """By camera; a path's first look knows no rate yet."""
        found: dict[int, StreamHealth] = {}
        for path in paths:
            camera_id, before = camera_of(path.name), self._before.get(path.name)
            rate = 0
            if before is not None and at > before.at:
                rate = max(0, round((path.inbound_bytes - before.inbound_bytes) / (at - before.at) / 125))
            if camera_id is not None:
                found[camera_id] = StreamHealth(path.since, path.readers, rate)
        self._before = {path.name: Counted(at, path.inbound_bytes) for path in paths}
        return found


class Guard:
    """A thread beside the jobs, which must not wait for a media server that hangs."""

    def __init__(
        self,
        database: PooledPostgresqlDatabase,
        listen: Listen,
        api: MediaApi,
        know: Knowledge,
    ) -> None:
        self._database = database
        self._listen = listen
        self._api = api
        self._know = know
        self._rates = Rates()
        self._reachable = True

    def start(self, stop: Event) -> Thread:
        """Begin; it ends soon after `stop` is set."""
        thread = Thread(target=self._run, args=(stop,), name="media guard", daemon=True)
        thread.start()
        return thread

    def _run(self, stop: Event) -> None:
        while not stop.is_set():
            try:
                self._run_once(stop)
            except TROUBLE as error:
                log.warning("media guard waits", reason=first_line(error))
            except Exception:  # else nobody would be sent away any more, and nobody told
                log.exception("media guard begins anew")
            stop.wait(RETRY_S)

    def _run_once(self, stop: Event) -> None:
        with self._listen(CHANNELS) as listener:
            while not stop.is_set():
                with self._database.connection_context():
                    self._look()
                listener.wait(EVERY_S)
                stop.wait(SETTLE_S)
                listener.take()

    def _look(self) -> None:
        try:
            look(self._api, self._know, datetime.now(UTC))
            stream_health.write(self._rates.of(self._api.paths(), time.monotonic()))
        except MediaServerError as error:
            if self._reachable:
                log.warning("media server", reason=str(error))
            self._reachable = False
            stream_health.write({})
            return
        if not self._reachable:
            log.info("media server answers again")
        self._reachable = True
