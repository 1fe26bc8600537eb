"""Alerts, devices and what needs attention, as pages show them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hub.dashboard import alert_views, device_views
from hub.dashboard.attention import attention
from hub.dashboard.delays import delays
from hub.dashboard.inventory import natural
from hub.dashboard.user_agents import named

NOW = datetime(2026, 3, 14, 1, 0, tzinfo=ZoneInfo("Europe/Berlin"))
NO_HISTORY = device_views.History((), (NOW - timedelta(days=1), NOW), 1800)
CAMERAS = {1: {"name": "Front door", "location": "House"}}


def alert(minutes_ago: float, **values: Any) -> dict[str, Any]:
    opened = (NOW - timedelta(minutes=minutes_ago)).astimezone(UTC)
    return {"camera_id": 1, "opened_at": opened.isoformat(), "closed_at": None, "delayed_s": 0.2, **values}


def test_an_open_visit_is_there_for_a_while() -> None:
    assert alert_views.shown(alert(1), CAMERAS, NOW)["here"]
    assert not alert_views.shown(alert(16), CAMERAS, NOW)["here"]


def test_a_closed_visit_tells_how_long_it_was() -> None:
    shown = alert_views.shown(alert(2, closed_at=NOW.isoformat()), CAMERAS, NOW)
    assert (shown["here"], shown["stayed_s"]) == (False, 120)


def test_late_ones_are_marked() -> None:
    assert alert_views.shown(alert(20, delayed_s=725), CAMERAS, NOW)["delayed"] == "delayed 12 min"
    assert alert_views.shown(alert(20), CAMERAS, NOW)["delayed"] == ""


def test_alerts_outlive_their_camera() -> None:
    assert alert_views.shown(alert(1, camera_id=7), CAMERAS, NOW)["camera_name"] == "Camera 7 (deleted)"


def test_days_are_the_viewers() -> None:
    groups = alert_views.by_day([alert(10), alert(59), alert(61), alert(3000)], NOW)
    assert [len(group["alerts"]) for group in groups] == [2, 1, 1]


def device(**values: Any) -> dict[str, Any]:
    base = {"id": "pi", "name": "Pi", "state": "approved", "online": True, "online_since": None, "created_at": "x"}
    return {**base, "desired_revision": 4, "reported_revision": 4, "certificate_expires_at": None, **values}


def camera(**values: Any) -> dict[str, Any]:
    status = {"state": "online", "since": None, "reason": ""}
    stream = {"state": "stopped", "wanted": False}
    return {"id": 1, "name": "Door", "device_id": "pi", "enabled": True, "status": status, "stream": stream, **values}


def test_health_has_a_verdict() -> None:
    cells = {
        cell["name"]: cell
        for cell in device_views.measures({"temperature_c": 82.4, "cpu_percent": 12, "disk_free_mb": 1500}, NO_HISTORY)
    }
    hot = cells["temperature_c"]
    assert (hot["label"], hot["value"], hot["tone"], hot["plot"]) == ("Temperature", "82 °C", "bad", None)
    assert (cells["cpu_percent"]["tone"], cells["disk_free_mb"]["tone"]) == ("", "warn")
    assert "outbox_length" not in cells


def test_figures_of_the_past_have_a_plot_and_its_range() -> None:
    rows = [{"at": NOW - timedelta(minutes=minutes), "temperature_c": 40.0 + minutes} for minutes in (30, 20, 10)]
    history = device_views.History(rows, (NOW - timedelta(hours=1), NOW), 600)
    (cell,) = device_views.measures(None, history, ["temperature_c"])
    assert (cell["value"], cell["between"]) == ("\u2013", "50 °C to 70 °C")
    assert cell["plot"].line.count("L") == 2


def test_a_range_that_says_what_the_figure_says_is_left_out() -> None:
    rows = [{"at": NOW - timedelta(minutes=minutes), "temperature_c": 40.0} for minutes in (20, 10)]
    history = device_views.History(rows, (NOW - timedelta(hours=1), NOW), 600)
    for now, between in ((40.2, ""), (45.0, "40 °C"), (None, "40 °C")):
        health = {"temperature_c": now} if now else None
        (cell,) = device_views.measures(health, history, ["temperature_c"])
        assert cell["between"] == between


def test_a_camera_in_the_self_test_has_its_name() -> None:
    checks = [{"part": "disk", "ok": True, "detail": ""}, {"part": "camera 1", "ok": False, "detail": "x"}]
    shown = device_views.shown(device(), [camera()], None, checks)
    assert [check["part"] for check in shown["checks"]] == ["disk", "Door"]
    assert shown["red"] == ["Door"]


def test_waiting_alerts_say_how_old_the_oldest_is() -> None:
    (cell,) = device_views.measures({"outbox_length": 3, "outbox_oldest_s": 7300}, NO_HISTORY)
    assert (cell["value"], cell["tone"]) == ("3, 2 h", "warn")


def test_what_waits_to_be_applied() -> None:
    assert (
        device_views.shown(device(online=False, reported_revision=2), [], None)["pending_text"]
        == "2 wait for it to return"
    )


def test_how_a_device_went_and_what_it_finds_of_itself_is_told() -> None:
    (gone,) = attention([], [device(online=False, offline_cause="left")], NOW)
    assert (gone["text"], gone["href"]) == ("The device said good-bye and has not come back", "/devices/pi")
    (red,) = attention([], [device(selftest={"at": "x", "red": ["disk"]})], NOW)
    assert (red["tone"], red["text"]) == ("warn", "Its self-test is red: disk")


def test_nothing_to_attend_to() -> None:
    assert attention([camera()], [device()], NOW) == []


def test_a_device_away_is_said_once() -> None:
    items = attention([camera(), camera(id=2)], [device(online=False)], NOW)
    assert [item["title"] for item in items] == ["Pi"]


def test_worst_first() -> None:
    broken = camera(status={"state": "offline", "since": None, "reason": "connection refused"})
    waiting = device(id="new", name="New", state="pending")
    items = attention([broken], [waiting, device(reported_revision=1)], NOW)
    assert [item["tone"] for item in items] == ["bad", "warn", "info"]
    assert items[0]["text"] == "Offline: connection refused"


def test_a_certificate_that_ends_soon() -> None:
    (item,) = attention([], [device(certificate_expires_at=(NOW + timedelta(days=12)).isoformat())], NOW)
    assert item["text"] == "Its certificate ends in 12 days"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        ("curl/8.5.0", "curl"),
        ("", "Unknown program"),
        ("<script>", "<script>"),
    ],
)
def test_user_agents(agent: str, name: str) -> None:
    assert named(agent) == name


def test_names_sort_as_people_count() -> None:
    names = ["Aisle 10", "aisle 2", "Aisle 2b", "Zoo", "7", "Aisle", "Aisle ٣", ""]
    assert sorted(names, key=natural) == ["", "7", "Aisle", "aisle 2", "Aisle 2b", "Aisle 10", "Aisle ٣", "Zoo"]


def test_how_late_a_camera_is_stage_by_stage() -> None:
    screen = {"p50_ms": 181.4, "p95_ms": 240.0, "at": "2026-03-14T00:00:00Z"}
    told = {"id": "1", "glass_to_alert_ms_p50": 210.0, "glass_to_alert_ms_p95": 460.5, "glass_to_video_ms_p50": None}
    rows = delays(camera(stream={"screen": screen}), {"cameras": [{"id": "2"}, told]})
    assert [(row["to"], row["value"], row["at"]) for row in rows] == [
        ("Alert", "210 ms, p95 460 ms", None),
        ("Screen", "181 ms, p95 240 ms", screen["at"]),
    ]
    assert delays(camera(stream={"screen": None}), None) == []


def test_what_the_outbox_gave_up_is_said_in_words() -> None:
    said = {"pictures_shrunk": 1, "pictures_dropped": 1234, "visits_dropped": 0}
    assert device_views.given_up(said) == "halved 1 picture, dropped 1,234 pictures"
    assert device_views.given_up(dict.fromkeys(said, 0)) == device_views.given_up(None) == ""
