"""Leases and pins: what people ask for, and when a device hears of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from peewee import PostgresqlDatabase

from hub.errors import NotFound
from hub.fleet.desired import desired_of
from hub.media import leases
from hub.media.leases import LEASE_S, Watching
from hub.media.sizes import WHOLE, step_for, widest
from hub.secrets import Sealer
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


def test_a_device_that_has_just_gone_is_a_reason_too(camera_id: int) -> None:
    """Of the camera nothing is said yet: it may be a hiccup."""
    Device.update(online=False, offline_cause="lost", online_since=datetime.now(UTC)).execute()
    assert leases.watch(camera_id, "ann", NOW) == Watching("pending", "its device is away just now")


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


At = Callable[[float], datetime]


@pytest.fixture
def at() -> At:
    """Times from the test's beginning on: what a device is told goes by the database's clock."""
    began = datetime.now(UTC)
    return lambda seconds: began + timedelta(seconds=seconds)


@pytest.fixture
def watched_px(camera_id: int, tmp_path: Path) -> Callable[[], int]:
    """Tells the width that the device is told."""
    sealer = Sealer(tmp_path / "keys")
    change(camera_id, source_url_sealed=sealer.seal("rtsp://camera.test/1"))

    def told() -> int:
        desired = desired_of("door", sealer)
        assert desired is not None
        return desired.cameras[0].watched_px

    return told


def test_the_device_sends_what_the_widest_viewer_sees(camera_id: int, watched_px: Callable[[], int], at: At) -> None:
    leases.watch(camera_id, "ann", at(0), 500)
    assert (revision(), watched_px()) == (1, 640)
    leases.watch(camera_id, "ann", at(1), 520)
    leases.watch(camera_id, "bob", at(2), 320)
    assert (revision(), watched_px()) == (1, 640)
    leases.watch(camera_id, "bob", at(3), 1300)
    assert (revision(), watched_px()) == (2, 1920)
    assert leases.sweep(at(LEASE_S + 2)) == []
    assert (revision(), watched_px()) == (2, 1920)
    leases.watch(camera_id, "bob", at(LEASE_S), 300)
    assert (revision(), watched_px()) == (3, 320)


def test_the_widest_leaves_and_the_picture_shrinks(camera_id: int, at: At) -> None:
    leases.watch(camera_id, "ann", at(0), 1300)
    leases.watch(camera_id, "bob", at(5), 300)
    assert leases.sweep(at(LEASE_S + 1)) == []
    assert revision() == 2


def test_who_does_not_say_a_size_gets_the_whole_picture_and_so_does_a_pinned_stream(
    camera_id: int, watched_px: Callable[[], int], at: At
) -> None:
    leases.watch(camera_id, "ann", at(0), 300)
    leases.watch(camera_id, "program", at(1))
    assert (revision(), watched_px()) == (2, 0)
    leases.watch(camera_id, "program", at(2), 320)
    leases.pin(camera_id, "start", "op")
    assert watched_px() == 0


@given(st.lists(st.integers(1, 20_000) | st.none(), min_size=1))
def test_nobody_sees_fewer_pixels_than_they_have(shown: list[int | None]) -> None:
    sent = widest(map(step_for, shown))
    assert sent == WHOLE or all(width is not None and width <= sent for width in shown)


def test_a_camera_that_is_deleted_while_it_is_swept_is_nothing_to_do(
    camera_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    leases.watch(camera_id, "ann", NOW)
    monkeypatch.setattr("hub.store.leases.cameras_with_ended", lambda _now: [camera_id + 1, camera_id])
    assert leases.sweep(later(LEASE_S + 1)) == [camera_id]
