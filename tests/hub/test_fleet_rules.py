"""The pure rules of the fleet: a camera's state told from its causes, and ids made from names."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.wire.topics import DEVICE_ID
from hub.fleet.condition import condition, stream_state
from hub.fleet.device_id import stem, unique
from hub.store.models import Camera, Device

NOW = datetime(2024, 5, 1, tzinfo=UTC)
AWAY: dict[str, Any] = {"online": False, "online_since": NOW - timedelta(seconds=10)}
JUST_GONE: dict[str, Any] = {"online": False, "online_since": NOW - timedelta(seconds=9)}


def camera(**values: Any) -> Camera:
    usual = {"id": 1, "updated_at": NOW, "state": "online", "state_reason": "", "stream_state": "live"}
    return Camera(**usual | values)


def device(**values: Any) -> Device:
    usual = {"id": "door", "state": "approved", "online": True, "reported_revision": 5, "online_since": NOW}
    return Device(**usual | values)


@pytest.mark.parametrize(
    ("camera_values", "device_values", "state", "reason"),
    [
        ({"revision": 5}, {}, "online", ""),
        ({"revision": 5, "state": "offline", "state_reason": "no route"}, {}, "offline", "no route"),
        ({"revision": 6}, {}, "pending", "not applied"),
        ({"revision": 6}, {"online": False}, "pending", "when it returns"),
        ({"revision": 5}, {"online": False}, "offline", "door is offline"),
        ({"revision": 5}, AWAY | {"offline_cause": "lost"}, "offline", "want of power or network"),
        ({"revision": 5}, AWAY | {"offline_cause": "left"}, "offline", "agent on device door was stopped"),
        ({"revision": 5}, JUST_GONE | {"offline_cause": "lost"}, "online", ""),
        ({"revision": 5}, JUST_GONE | {"offline_cause": "left"}, "online", ""),
        ({"revision": 5}, JUST_GONE | {"state": "revoked"}, "offline", "revoked"),
        ({"revision": 5}, {"state": "revoked"}, "offline", "revoked"),
        ({"revision": 5}, {"state": "preauthorised"}, "pending", "not enrolled"),
    ],
)
def test_the_nearest_cause_is_told(
    camera_values: dict[str, Any], device_values: dict[str, Any], state: str, reason: str
) -> None:
    found = condition(camera(**camera_values), device(**device_values), NOW)
    assert found.state == state
    assert reason in found.reason


def test_a_camera_without_a_device_waits() -> None:
    assert condition(camera(), None, NOW).state == "pending"
    assert stream_state(camera(), None) == "stopped"


def test_a_device_that_is_away_streams_nothing() -> None:
    assert stream_state(camera(), device()) == "live"
    assert stream_state(camera(), device(online=False)) == "stopped"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Front Door", "front-door"), ("Tür 3 / Süd", "tur-3-sud"), ("日本", "device"), ("hub", "device"), ("--a--", "a")],
)
def test_ids_from_names(name: str, expected: str) -> None:
    assert stem(name) == expected


@given(st.text(max_size=200), st.sets(st.integers(2, 30)))
def test_every_name_gives_a_free_id_that_topics_can_carry(name: str, numbers: set[int]) -> None:
    first = stem(name)
    taken = {first, *(f"{first}-{number}" for number in numbers)}
    found = unique(first, taken)
    assert found not in taken
    assert DEVICE_ID.fullmatch(found)
