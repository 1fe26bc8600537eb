"""Leases and pins: what people ask for, and when a device hears of it."""

from datetime import UTC, datetime, timedelta

import pytest
from peewee import PostgresqlDatabase

from hub.errors import NotFound
from hub.media import leases
from hub.media.leases import LEASE_S, Watching
from hub.store.models import Camera, Device, Lease

NOW = datetime.now(UTC)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def camera_id(database: PostgresqlDatabase) -> int:
    """A camera of an online device."""
    Device.insert(id="door", name="Door", state="approved", created_at=NOW, online=True, online_since=NOW).execute()
    created = Camera.insert(name="Door", source_url_sealed=b"", device="door", created_at=NOW, updated_at=NOW).execute()
    return int(created)


def revision() -> int:
    return int(Device.get_by_id("door").desired_revision)


def change(camera_id: int, **values: object) -> None:
    Camera.update(values).where(Camera.id == camera_id).execute()


def test_the_first_to_watch_wakes_the_device_and_renewing_does_not(camera_id: int) -> None:
    assert leases.watch(camera_id, "ann", NOW) == Watching("starting")
    assert revision() == 1
    leases.watch(camera_id, "ann", later(5))
    leases.watch(camera_id, "bob", later(6))
    leases.watch(camera_id, "bob", later(11))
    assert revision() == 1
    assert Lease.select().count() == 2


def test_the_device_rests_once_nobody_has_watched_for_a_quarter_minute(camera_id: int) -> None:
    leases.watch(camera_id, "ann", NOW)
    leases.watch(camera_id, "bob", later(5))
    assert leases.sweep(later(LEASE_S + 1)) == []
    assert leases.sweep(later(LEASE_S + 6)) == [camera_id]
    assert revision() == 2
    assert leases.sweep(later(LEASE_S + 7)) == []
    assert revision() == 2


def test_who_comes_back_after_the_end_wakes_the_device_again(camera_id: int) -> None:
    leases.watch(camera_id, "ann", NOW)
    leases.watch(camera_id, "ann", later(LEASE_S + 1))
    assert revision() == 2
    assert leases.sweep(later(LEASE_S + 2)) == []


def test_stop_is_for_everybody_and_says_by_whom(camera_id: int) -> None:
    leases.watch(camera_id, "ann", datetime.now(UTC))  # a pin asks the database's own clock whether somebody watches
    assert leases.pin(camera_id, "stop", "olga") == Watching("stopped", "stopped by olga")
    assert revision() == 2
    assert leases.watch(camera_id, "bob", later(1)) == Watching("stopped", "stopped by olga")
    assert Lease.select().where(Lease.viewer == "bob").count() == 0
    assert leases.sweep(later(60)) == []
    assert revision() == 2


def test_start_keeps_it_on_without_anybody(camera_id: int) -> None:
    assert leases.pin(camera_id, "start", "olga") == Watching("starting")
    assert revision() == 1
    leases.watch(camera_id, "ann", NOW)
    leases.sweep(later(60))
    leases.pin(camera_id, "start", "otto")
    assert revision() == 1
    assert Camera.get_by_id(camera_id).pinned_by == "otto"


def test_taking_a_pin_back_leaves_it_to_the_leases(camera_id: int) -> None:
    leases.pin(camera_id, "start", "olga")
    leases.pin(camera_id, None, "olga")
    assert revision() == 2
    camera = Camera.get_by_id(camera_id)
    assert (camera.pin, camera.pinned_by) == (None, None)


def test_a_pin_counts_as_a_change_of_the_camera_that_the_device_must_apply(camera_id: int) -> None:
    leases.pin(camera_id, "start", "olga")
    assert Camera.get_by_id(camera_id).revision == 1
    leases.watch(camera_id, "ann", NOW)
    assert Camera.get_by_id(camera_id).revision == 1


@pytest.mark.parametrize(
    ("reported", "state"), [("live", "live"), ("failed", "failed"), ("starting", "starting"), ("stopped", "starting")]
)
def test_the_state_is_what_the_device_says(camera_id: int, reported: str, state: str) -> None:
    change(camera_id, stream_state=reported)
    assert leases.watch(camera_id, "ann", NOW).state == state


def test_a_device_that_is_away_makes_it_pending(camera_id: int) -> None:
    Device.update(online=False).execute()
    watching = leases.watch(camera_id, "ann", NOW)
    assert watching.state == "pending"
    assert "offline" in watching.reason
    assert revision() == 1


def test_a_camera_without_a_device_is_pending(camera_id: int) -> None:
    change(camera_id, device=None)
    assert leases.watch(camera_id, "ann", NOW).state == "pending"


def test_a_camera_that_is_off_is_stopped(camera_id: int) -> None:
    change(camera_id, enabled=False)
    assert leases.watch(camera_id, "ann", NOW) == Watching("stopped", "the camera is switched off")
    assert Lease.select().count() == 0
    assert leases.pin(camera_id, "start", "olga").state == "stopped"
    assert revision() == 0


def test_no_such_camera(database: PostgresqlDatabase) -> None:
    with pytest.raises(NotFound):
        leases.watch(99, "ann", NOW)
    with pytest.raises(NotFound):
        leases.pin(99, "stop", "olga")
