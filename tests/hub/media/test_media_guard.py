"""The guard on a real database beside a media server that only lists and kicks."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from people import Api, approved_device, camera, member

from hub.media.client import PathHealth, Running
from hub.media.guard import NEWCOMER, Rates, look
from hub.media.knowledge import knowledge
from hub.services import EXTENSION
from hub.store import stream_health
from hub.store.media_sessions import Admission, admit
from hub.store.models import Device, MediaSession
from hub.store.stream_health import StreamHealth

NOW = datetime.now(UTC)


class Listed:
    """A media server that has these sessions and forgets those that are ended."""

    def __init__(self) -> None:
        self.sessions: dict[UUID, Running] = {}

    def running(self) -> list[Running]:
        return list(self.sessions.values())

    def end(self, running: Running) -> None:
        del self.sessions[running.id]

    def came(self, path: str, ago: timedelta = NEWCOMER * 2) -> UUID:
        one = Running("webrtcsessions", uuid4(), NOW - ago, path)
        self.sessions[one.id] = one
        return one.id


class Place:
    """A camera that `door` publishes and `viewer` watches, both let in by the hook."""

    def __init__(self, app: Flask) -> None:
        self.app, self.media = app, Listed()
        self.admin, self.viewer = member(app, "ann", "admin"), member(app, "vera", "viewer")
        approved_device("door", certificate_pem="x")
        self.camera_id = camera(self.admin, device_id="door")
        self.path = str(self.camera_id)
        self.publishing, self.watching = self.media.came(self.path), self.media.came(self.path)
        admit(self.publishing, Admission("publish", self.path, "door", ""), NOW)
        token = self.viewer.post(f"/api/cameras/{self.path}/stream/watch").get_json()["token"]
        assert self.ask("read", token, str(self.watching)) == 204

    def ask(self, action: str, token: str, media_id: str) -> int:
        body = {"action": action, "path": self.path, "token": token, "id": media_id}
        return self.app.test_client().post("/api/media/auth", json=body).status_code

    def look(self) -> set[UUID]:
        ended = look(self.media, knowledge(self.app.extensions[EXTENSION].keys), NOW)  # type: ignore[arg-type]
        return {one.id for one in ended}


@pytest.fixture
def place(app: Flask) -> Place:
    return Place(app)


def test_who_may_stays(place: Place) -> None:
    assert place.look() == set()
    assert len(place.media.sessions) == 2


def patch(api: Api, path: str, **change: object) -> None:
    assert api.patch(path, json=change).status_code == 200


def test_a_log_out_ends_the_viewer_alone(place: Place) -> None:
    place.viewer.post("/api/auth/logout")
    assert place.look() == {place.watching}


def test_a_disabled_account_and_lost_cameras_end_the_viewer(place: Place) -> None:
    user_id = place.viewer.get("/api/auth/me").get_json()["id"]
    patch(place.admin, f"/api/users/{user_id}", camera_ids=[])
    assert place.look() == {place.watching}


@pytest.mark.parametrize("how", ["stop", "switch off", "delete"])
def test_a_stop_ends_both(place: Place, how: str) -> None:
    path = f"/api/cameras/{place.camera_id}"
    if how == "stop":
        place.admin.post(f"{path}/stream/stop")
    elif how == "delete":
        place.admin.delete(path)
    else:
        patch(place.admin, path, enabled=False)
    assert place.look() == {place.publishing, place.watching}


def test_a_revoked_device_or_a_camera_that_moves_ends_the_publisher_alone(place: Place) -> None:
    approved_device("gate", certificate_pem="x")
    patch(place.admin, f"/api/cameras/{place.camera_id}", device_id="gate")
    assert place.look() == {place.publishing}
    patch(place.admin, f"/api/cameras/{place.camera_id}", device_id="door")
    again = place.media.came(place.path)
    admit(again, Admission("publish", place.path, "door", ""), NOW)
    assert place.look() == set()
    Device.update(state="revoked").where(Device.id == "door").execute()
    assert place.look() == {again}


def test_strangers_are_ended_but_not_in_the_moment_of_their_coming(place: Place) -> None:
    stranger, newcomer = place.media.came(place.path), place.media.came(place.path, timedelta(seconds=1))
    assert place.look() == {stranger}
    assert newcomer in place.media.sessions


def test_those_who_left_are_forgotten(place: Place) -> None:
    place.media.sessions.clear()
    place.look()
    assert MediaSession.select().count() == 2  # let in just now, perhaps not listed yet
    MediaSession.update(admitted_at=NOW - NEWCOMER * 2).execute()
    place.look()
    assert MediaSession.select().count() == 0


def test_the_hook_wants_a_sound_id_and_takes_none(place: Place) -> None:
    token = place.viewer.post(f"/api/cameras/{place.path}/stream/watch").get_json()["token"]
    assert place.ask("read", token, "x") == 422
    body = {"action": "read", "path": place.path, "token": token}
    assert place.app.test_client().post("/api/media/auth", json=body).status_code == 204


def test_what_the_media_server_says_shows_at_the_camera(place: Place) -> None:
    rates = Rates()
    for at, inbound in ((0.0, 0), (10.0, 1_250_000)):
        stream_health.write(rates.of([PathHealth(place.path, NOW, inbound, 3), PathHealth("x", NOW, 1, 1)], at))
    shown = place.viewer.get(f"/api/cameras/{place.camera_id}").get_json()["stream"]["published"]
    assert (shown["readers"], shown["kbit_per_s"]) == (3, 1000)
    text = place.app.test_client().get("/metrics").text
    assert f'watchpost_stream_readers{{camera="{place.camera_id}"}} 3.0' in text
    assert f'watchpost_stream_bits_per_second{{camera="{place.camera_id}"}} 1e+06' in text
    stream_health.write({})
    assert place.viewer.get(f"/api/cameras/{place.camera_id}").get_json()["stream"]["published"] is None


def test_a_publisher_that_began_anew_has_no_negative_rate() -> None:
    rates = Rates()
    rates.of([PathHealth("7", NOW, 10**9, 0)], 0.0)
    assert rates.of([PathHealth("7", NOW, 0, 0)], 5.0) == {7: StreamHealth(NOW, 0, 0)}
