"""The thread that hears what is committed, reads each row once, and gives frames to the fan-out."""

import time
from collections.abc import Callable, Iterable
from threading import Thread
from uuid import UUID

import structlog
from flask import Flask

from hub.auth.principal import Principal
from hub.live.fanout import Fanout
from hub.live.messages import Message, alert_message
from hub.live.states import all_states, state_of_camera, state_of_device
from hub.store import alerts, principals
from hub.store.db import TROUBLE
from hub.store.errors import first_line
from hub.store.listen import Listen, Notice
from hub.store.models import database
from hub.store.notify import ALERT, CAMERA, DEVICE, SESSION, USER

CHANNELS = (ALERT, CAMERA, DEVICE, SESSION, USER)
AT_ONCE = 500
WAIT_S = 5.0
RETRY_S = 1.0
REST_S = 0.1
log = structlog.get_logger(__name__)


class Feed:
    """Begins behind `position` and never skips a commit: after trouble it reads on from where it was."""

    def __init__(self, app: Flask, listen: Listen, fanout: Fanout, position: int) -> None:
        self._app = app
        self._listen = listen
        self._fanout = fanout
        self._position = position
        self._missed = False
        self._thread = Thread(target=self._run, name="live feed", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def _run(self) -> None:
        with self._app.app_context():
            while True:
                try:
                    self._run_once()
                except TROUBLE as error:
                    log.warning("the live feed begins anew", reason=first_line(error))
                except Exception:  # a feed that ended would leave every dashboard standing still, and nobody told
                    log.exception("the live feed begins anew")
                self._missed = True
                time.sleep(RETRY_S)

    def _run_once(self) -> None:
        with self._listen(CHANNELS) as listener, database.connection_context():
            self._tell_alerts()
            if self._missed:  # what else has changed leaves no trace that could be read later: tell and check all
                self._check_users(self._fanout.users())
                self._say(all_states())
                self._missed = False
            while True:
                listener.wait(WAIT_S)
                self._heard(listener.take())

    def _heard(self, notices: list[Notice]) -> None:
        for user_id in _ids(USER, notices):  # first, so that nobody is told of what they may see no more
            self._check_users({user for user in self._fanout.users() if user.id == int(user_id)})
        if any(notice.channel == ALERT for notice in notices):
            self._tell_alerts()
        self._tell(CAMERA, notices, state_of_camera)
        self._tell(DEVICE, notices, state_of_device)
        for session_id in _ids(SESSION, notices):
            self._fanout.end_session(UUID(session_id))

    def _check_users(self, users: Iterable[Principal]) -> None:
        """Whether what they were let in with still holds, and what they may see now."""
        for user in users:
            now = principals.of_either(user.id, user.session_id, user.expires_at)
            if now is None:
                self._fanout.end_session(user.session_id)
            elif now != user:
                self._fanout.permit(now, all_states())

    def _tell_alerts(self) -> None:
        """Of what is committed by now; of what is committed meanwhile another notice tells."""
        while rows := alerts.since_ordinal(self._position, AT_ONCE):
            self._position = rows[-1].ordinal
            self._say([alert_message(row) for row in rows], self._position)
            if len(rows) < AT_ONCE:
                return

    def _tell(self, channel: str, notices: list[Notice], made: Callable[[str], list[Message]]) -> None:
        messages = [message for text in _ids(channel, notices) for message in made(text)]
        if messages:
            self._say(messages)

    def _say(self, messages: list[Message], position: int | None = None) -> None:
        """Tell all, then rest for as long as it took: with more to say than there is time for, more is said at once."""
        began = time.monotonic()
        self._fanout.tell(messages, position)
        time.sleep(min(time.monotonic() - began, REST_S))


def _ids(channel: str, notices: Iterable[Notice]) -> list[str]:
    """The ids in the payloads of a channel, each once, in the order in which they came."""
    payloads = [notice.payload for notice in notices if notice.channel == channel]
    return list(dict.fromkeys(text for payload in payloads for text in payload.split(",") if text))
