"""The filters of the alert list: any address can be read, and every one written can be read back."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.dashboard.alert_filters import FIRST, LAST, RANGES, AlertFilters

NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
TIMES = st.none() | st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda time: time.replace(microsecond=time.microsecond // 1000 * 1000)
)
FILTERS = st.builds(
    AlertFilters,
    range=st.sampled_from(sorted(RANGES)),
    since=TIMES,
    until=TIMES,
    camera_id=st.none() | st.integers(1, 10**14),
    location=st.none()
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=40),
    min_score=st.none() | st.floats(0.01, 1),
    acknowledged=st.none() | st.booleans(),
)


def read(address: str) -> AlertFilters:
    return AlertFilters.read(dict(parse_qsl(address.removeprefix("?"), keep_blank_values=True)))


@given(FILTERS)
def test_what_is_written_is_read_back(filters: AlertFilters) -> None:
    assert read(filters.address()) == filters


@given(st.dictionaries(st.sampled_from([*AlertFilters.__slots__, "cursor", "x"]), st.text(max_size=60)))
def test_any_address_can_be_read(args: dict[str, str]) -> None:
    filters = AlertFilters.read(args)
    start, end = filters.window(NOW)
    assert end <= NOW
    assert RANGES[filters.range][1] <= end - start < RANGES[filters.range][1] + timedelta(hours=1)
    filters.api_query(NOW)


@given(
    st.datetimes(timezones=st.timezones() | st.none()),
    st.sampled_from(["UTC", "Pacific/Kiritimati", "America/Los_Angeles"]).map(ZoneInfo),
)
def test_any_time_can_be_read(time: datetime, zone: ZoneInfo) -> None:
    filters = AlertFilters.read({"since": time.isoformat(), "until": time.isoformat()}, zone)
    assert filters.since == filters.until
    assert filters.until is not None
    assert FIRST <= filters.until <= LAST
    start, end = filters.window(NOW)
    assert start < end <= NOW
    filters.until.astimezone(zone)


@given(FILTERS)
def test_the_list_lies_in_the_picked_time(filters: AlertFilters) -> None:
    since, until = filters.shown(NOW)
    if filters.picked:
        assert until == filters.until
        assert filters.since is None or since == filters.since
    else:
        assert (since, until) == (NOW.replace(minute=0, second=0) - RANGES[filters.range][1], None)


@pytest.mark.parametrize("camera_id", ["0", "-1", "1.5", "٣", "9" * 30, "1 OR 1=1"])
def test_no_camera_id(camera_id: str) -> None:
    assert AlertFilters.read({"camera_id": camera_id}).camera_id is None


def test_a_link_into_the_past_shows_its_time() -> None:
    until = NOW - timedelta(days=100)
    start, end = AlertFilters(since=until - timedelta(hours=1), until=until).window(NOW)
    assert start < until < end


def test_the_default_has_no_query() -> None:
    assert AlertFilters().address() == ""
    assert not AlertFilters().any


def test_a_form_speaks_of_the_viewers_time() -> None:
    filters = AlertFilters.read({"since": "2026-03-14T09:00"}, ZoneInfo("Europe/Berlin"))
    assert filters.since == datetime(2026, 3, 14, 8, tzinfo=UTC)
    assert AlertFilters.read({"since": "2026-03-14T09:00Z"}, ZoneInfo("Europe/Berlin")).since != filters.since
