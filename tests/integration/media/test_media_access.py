"""Who may publish and watch, proven against each media server with real publishers and real offers."""

import subprocess
import time
from itertools import count

import pytest
from media_rig import Agent, MediaRig

from hub.media.errors import MediaServerError
from hub.store.models import Device, database

OFFER = b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
_names = (f"door-{number}" for number in count(1))


@pytest.fixture
def agent(rig: MediaRig) -> Agent:
    return rig.agent(f"{rig.media.kind}-{next(_names)}")


def refused(publisher: "subprocess.Popen[bytes]") -> bool:
    """Whether the media server sent the publisher away."""
    assert publisher.stderr is not None
    try:
        code = publisher.wait(15)
    except subprocess.TimeoutExpired:
        return False
    return code != 0 and b"refused: HTTPUnauthorizedError" in publisher.stderr.read()


def test_the_device_that_owns_a_camera_may_publish_it(rig: MediaRig, agent: Agent) -> None:
    camera_id = rig.camera(agent)
    rig.publish(camera_id, agent.token(camera_id))
    rig.wait_online(camera_id)
    health = next(path for path in rig.api.paths() if path.name == str(camera_id))
    assert health.since is not None
    assert health.readers == 0


def test_a_new_publisher_takes_the_place_of_the_old_one(rig: MediaRig, agent: Agent) -> None:
    camera_id = rig.camera(agent)
    old = rig.publish(camera_id, agent.token(camera_id))
    rig.wait_online(camera_id)
    rig.publish(camera_id, agent.token(camera_id))
    assert old.wait(15) != 0
    rig.wait_online(camera_id)


def test_nobody_publishes_without_a_token(rig: MediaRig, agent: Agent) -> None:
    assert refused(rig.publish(rig.camera(agent), ""))


def test_a_token_for_another_path_does_not_publish(rig: MediaRig, agent: Agent) -> None:
    mine, other = rig.camera(agent), rig.camera(agent)
    assert refused(rig.publish(mine, agent.token(other)))


def test_a_device_does_not_publish_the_camera_of_another(rig: MediaRig, agent: Agent) -> None:
    thief = rig.agent(f"{rig.media.kind}-{next(_names)}")
    camera_id = rig.camera(agent)
    assert refused(rig.publish(camera_id, thief.token(camera_id)))
    assert refused(rig.publish(camera_id, thief.token(camera_id, sub=agent.device_id)))


@pytest.mark.parametrize(
    "changes",
    [{"iat": 0, "exp": 100}, {"exp": int(time.time()) + 86400}, {"action": "read"}, {"aud": "watchpost"}],
    ids=["expired", "too long", "to read", "other audience"],
)
def test_a_wrong_token_does_not_publish(rig: MediaRig, agent: Agent, changes: dict[str, object]) -> None:
    camera_id = rig.camera(agent)
    assert refused(rig.publish(camera_id, agent.token(camera_id, **changes)))


def test_a_revoked_device_does_not_publish(rig: MediaRig, agent: Agent) -> None:
    camera_id = rig.camera(agent)
    with database.connection_context():
        Device.update(state="revoked").where(Device.id == agent.device_id).execute()
    assert refused(rig.publish(camera_id, agent.token(camera_id)))


def offer(rig: MediaRig, camera_id: int, token: str) -> int:
    """The status of a WHEP offer through the hub."""
    headers = {"Content-Type": "application/sdp", "Authorization": f"Bearer {token}"}
    return rig.http.request("POST", f"{rig.url}/media/{camera_id}/whep", body=OFFER, headers=headers).status


def test_nobody_watches_without_a_token_for_that_camera(rig: MediaRig, agent: Agent) -> None:
    camera_id, other = rig.camera(agent), rig.camera(agent)
    user = rig.user(f"viewer-{camera_id}")
    wrong = rig.call(user, f"/api/cameras/{other}/stream/watch")["token"]
    assert offer(rig, camera_id, "") == 401
    assert offer(rig, camera_id, "nonsense") == 401
    assert offer(rig, camera_id, wrong) == 401
    assert offer(rig, camera_id, agent.token(camera_id)) == 401
    assert offer(rig, camera_id, user) == 401


def test_a_token_dies_with_its_session(rig: MediaRig, agent: Agent) -> None:
    camera_id = rig.camera(agent)
    user = rig.user(f"leaver-{camera_id}")
    token = rig.call(user, f"/api/cameras/{camera_id}/stream/watch")["token"]
    assert offer(rig, camera_id, token) != 401
    logout = {"Authorization": f"Bearer {user}"}
    assert rig.http.request("POST", f"{rig.url}/api/auth/logout", headers=logout).status < 300
    assert offer(rig, camera_id, token) == 401


def test_a_camera_that_nobody_publishes_is_not_found(rig: MediaRig, agent: Agent) -> None:
    camera_id = rig.camera(agent)
    token = rig.call(rig.user(f"early-{camera_id}"), f"/api/cameras/{camera_id}/stream/watch")["token"]
    assert offer(rig, camera_id, token) == 404


def test_the_api_is_for_the_hub_alone(rig: MediaRig) -> None:
    assert rig.http.request("GET", f"{rig.media.api_url}/v3/paths/list").status == 401
    rig.api.paths()
    with pytest.raises(MediaServerError):
        type(rig.api)("http://127.0.0.1:1", rig.services.keys).paths()
