"""Topics are spelled and parsed in one place; whatever is not one of ours is a WireError."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.wire.errors import WireError
from edge.wire.topics import FROM_DEVICE, FROM_HUB, RETAINED, Address, Kind, parse, pattern, topic

names = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?", fullmatch=True)


def test_spelling() -> None:
    assert topic("front-door", Kind.VISIT) == "watchpost/v1/front-door/visit"
    assert pattern(Kind.STATUS) == "watchpost/v1/+/status"


def test_every_kind_has_one_direction() -> None:
    assert sorted(FROM_DEVICE + FROM_HUB) == sorted(Kind)
    assert set(RETAINED) <= set(Kind)


@given(names, st.sampled_from(Kind))
def test_parse_is_the_inverse(device_id: str, kind: Kind) -> None:
    assert parse(topic(device_id, kind)) == Address(device_id, kind)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_a_wire_error(text: str) -> None:
    with suppress(WireError):
        assert topic(parse(text).device_id, parse(text).kind) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "watchpost/v1",
        "watchpost/v1//visit",
        "watchpost/v1/a/visit/x",
        "x/watchpost/v1/a/visit",
        "$SYS/x",
        "watchpost/v1/A/visit",
        "watchpost/v1/a/",
        "watchpost/v1/+/visit",
        "watchpost/v1/#",
        "watchpost/v2/a/visit",
        "watchpost/v1/a\n/visit",
    ],
)
def test_strangers_are_refused(text: str) -> None:
    with pytest.raises(WireError):
        parse(text)


@pytest.mark.parametrize("device_id", ["", "-a", "a-", "A", "a/b", "+", "#", "a" * 65, "a\n", "ü"])
def test_bad_device_ids_are_not_spelled(device_id: str) -> None:
    with pytest.raises(WireError):
        topic(device_id, Kind.VISIT)
