"""A device that is away: whose fault it most likely is, the nearest cause first."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.fleet.device_condition import lost_together, presence
from hub.store.models import Device

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def device(**values: object) -> Device:
    row = {"id": "door", "name": "Door", "state": "approved", "online": False, "online_since": NOW, **values}
    return Device(**row)


@pytest.mark.parametrize(
    ("values", "trouble", "together", "state", "cause"),
    [
        ({"online": True}, "", 0, "online", ""),
        ({"online": True}, "ingest does not run", 0, "unknown", "hub"),
        ({"online": True}, "connection refused", 0, "unknown", "broker"),
        ({"offline_cause": "lost"}, "connection refused", 3, "unknown", "broker"),
        ({"online_since": None}, "", 0, "new", "device"),
        ({"offline_cause": "left"}, "", 3, "offline", "agent"),
        ({"offline_cause": "lost"}, "", 3, "offline", "network"),
        ({"offline_cause": "lost"}, "", 0, "offline", "device or network"),
        ({"offline_cause": None}, "", 0, "offline", "device or network"),
    ],
)
def test_the_cause(values: dict[str, object], trouble: str, together: int, state: str, cause: str) -> None:
    how = presence(device(**values), trouble, together)
    assert (how.state, how.cause) == (state, cause)
    assert bool(how.text) == (state != "online")


def test_lost_together_is_every_one_within_two_minutes() -> None:
    lost = [device(offline_cause="lost", online_since=NOW + timedelta(seconds=30 * number)) for number in range(3)]
    assert lost_together(lost) == 3
    assert lost_together(lost[:1]) == 0
    assert lost_together([*lost, device(online=True)]) == 0
    assert lost_together([*lost, device(offline_cause="lost", online_since=NOW + timedelta(minutes=5))]) == 0
    assert lost_together([*lost, device(state="revoked", online_since=None)]) == 3
