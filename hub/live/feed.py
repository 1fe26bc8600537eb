"""The thread that hears what is committed, reads each row once, and gives frames to the fan-out."""

import select
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from threading import Event, Thread
from uuid import UUID

import structlog
from flask import Flask
from peewee import SQL

from hub.api import cameras as camera_api
from hub.api import devices as device_api
from hub.auth.principal import Principal
from hub.live.fanout import Fanout
from hub.live.messages import Message, alert_message, camera_message, device_messages
from hub.store import alerts, cameras, devices, principals
from hub.store.db import TROUBLE
from hub.store.errors import first_line
from hub.store.listen import Listen, Notice
from hub.store.models import Camera, Device, database
from hub.store.notify import ALERT, CAMERA, DEVICE, SESSION, USER

CHANNELS = (ALERT, CAMERA, DEVICE, SESSION, USER)
AT_ONCE = 500
WAIT_S = 5.0
START_S = 5.0
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
        self._missed = True  # the fan-out has not been told yet how cameras and devices are
        self._hears = Event()
        self._thread = Thread(target=self._run, name="live feed", daemon=True)

    def start(self) -> None:
        """Begin; comes back when nothing escapes it any more, or after a while without a database."""
        self._thread.start()
        self._hears.wait(START_S)

    def _run(self) -> None:
        with self._app.app_context():
            while True:
                try:
                    self._run_once()
                except TROUBLE as error:
                    self._missed = True
                    log.warning("the live feed begins anew", reason=first_line(error))
                    time.sleep(RETRY_S)

    def _run_once(self) -> None:
        with self._listen(CHANNELS) as listener, database.connection_context():
            self._tell_alerts()
            if self._missed:  # what else has changed leaves no trace that could be read later: tell and check all
                self._check_users(self._fanout.users())
                self._fanout.forget_states()
                self._say(_all_states())
                self._missed = False
            self._hears.set()
            while True:
                select.select([listener], [], [], WAIT_S)
                self._heard(listener.take())

    def _heard(self, notices: list[Notice]) -> None:
        for user_id in _ids(USER, notices):  # first, so that nobody is told of what they may see no more
            self._check_users({user for user in self._fanout.users() if user.id == int(user_id)})
        if any(notice.channel == ALERT for notice in notices):
            self._tell_alerts()
        self._tell(CAMERA, notices, _camera)
        self._tell(DEVICE, notices, _device)
        for session_id in _ids(SESSION, notices):
            self._fanout.end_session(UUID(session_id))

    def _check_users(self, users: Iterable[Principal]) -> None:
        """Whether what they were let in with still holds, and what they may see now."""
        for user in users:
            now = principals.of_either(user.id, user.session_id, user.expires_at)
            if now is None:
                self._fanout.end_session(user.session_id)
            elif now != user:
                self._fanout.permit(now)

    def _tell_alerts(self) -> None:
        while rows := alerts.since_ordinal(self._position, AT_ONCE):
            self._position = rows[-1].ordinal
            self._say([alert_message(row) for row in rows], self._position)

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


def _camera(text: str) -> list[Message]:
    camera = cameras.one(int(text))
    return [_of_camera(camera) if camera else camera_message(int(text), None)]


def _device(text: str) -> list[Message]:
    device = devices.one(text)
    return _of_device(device, frozenset(cameras.ids_of_device(text))) if device else []


def _all_states() -> list[Message]:
    """How every camera and device is."""
    everyone, theirs = cameras.listing(SQL("TRUE")), defaultdict[str | None, set[int]](set)
    for camera in everyone:
        theirs[camera.device_id].add(camera.id)
    told = [_of_camera(camera) for camera in everyone]
    return told + [one for device in devices.listing(None) for one in _of_device(device, frozenset(theirs[device.id]))]


def _of_camera(camera: Camera) -> Message:
    return camera_message(camera.id, camera_api.shown(camera).model_dump_json())


def _of_device(device: Device, camera_ids: frozenset[int]) -> list[Message]:
    whole, narrow = (device_api.shown(device, visible).model_dump_json() for visible in (None, frozenset[int]()))
    return device_messages(whole, narrow, camera_ids)
