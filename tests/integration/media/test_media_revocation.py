"""Whoever loses the right to publish or watch is ended while they do, within seconds, at each media server."""

import subprocess
from collections.abc import Iterator
from functools import partial
from secrets import token_hex
from threading import Event

import pytest
from media_rig import MediaRig

from hub.media.guard import Guard
from hub.media.knowledge import knowledge
from hub.store import cameras
from hub.store.listen import Listener
from hub.store.models import database

SOON_S = 8


@pytest.fixture(autouse=True)
def guard(rig: MediaRig) -> Iterator[None]:
    """The guard as `watchpost-hub jobs` runs it."""
    stop, url = Event(), rig.services.settings.database_url
    know = knowledge(rig.services.keys)
    thread = Guard(database.obj, partial(Listener, url), rig.api, know).start(stop)
    yield
    stop.set()
    thread.join(10)


def playing(watcher: "subprocess.Popen[bytes]") -> bool:
    assert watcher.stdout is not None
    return watcher.stdout.readline() == b"playing\n"


def running(process: "subprocess.Popen[bytes]") -> bool:
    return process.poll() is None


def test_viewers_and_publishers_are_ended(rig: MediaRig) -> None:
    agent = rig.agent(f"{rig.media.kind}-guarded-{token_hex(2)}")
    camera_id = rig.camera(agent)
    admin = rig.user(f"admin-{camera_id}", "admin")
    people = {name: rig.user(f"{name}-{camera_id}") for name in ("leaver", "limited", "reader", "stayer")}
    publisher = rig.publish(camera_id, agent.token(camera_id))
    rig.wait_online(camera_id)
    watching = {name: rig.watch(camera_id, token, rtsp=name == "reader") for name, token in people.items()}
    assert all(playing(watcher) for watcher in watching.values())
    rig.wait_shown(camera_id, admin, readers=4)

    rig.call(people["leaver"], "/api/auth/logout")
    watching["leaver"].wait(SOON_S)
    rig.call(people["reader"], "/api/auth/logout")
    watching["reader"].wait(SOON_S)
    limited = rig.call(people["limited"], "/api/auth/me", "GET")
    rig.call(admin, f"/api/users/{limited['id']}", "PATCH", {"camera_ids": []})
    watching["limited"].wait(SOON_S)
    assert running(watching["stayer"])
    assert running(publisher)

    rig.call(admin, f"/api/cameras/{camera_id}/stream/stop")
    watching["stayer"].wait(SOON_S)
    publisher.wait(SOON_S)
    rig.wait_online(camera_id, online=False)
    rig.wait_shown(camera_id, admin, readers=None)


@pytest.mark.parametrize("how", ["revoke the device", "delete the camera"])
def test_a_publisher_is_ended(rig: MediaRig, how: str) -> None:
    agent = rig.agent(f"{rig.media.kind}-{how.replace(' ', '-')}")
    camera_id = rig.camera(agent)
    admin = rig.user(f"admin-{camera_id}", "admin")
    publisher = rig.publish(camera_id, agent.token(camera_id))
    rig.wait_online(camera_id)
    if how == "revoke the device":
        rig.call(admin, f"/api/devices/{agent.device_id}/revoke")
    else:
        rig.call(admin, f"/api/cameras/{camera_id}", "DELETE")
        with database.connection_context():
            assert cameras.one(camera_id) is None
    publisher.wait(SOON_S)
