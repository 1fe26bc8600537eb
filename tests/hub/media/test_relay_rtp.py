"""RTP packets and timestamps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.media.relay.errors import RtpError
from hub.media.relay.rtp import RtpPacket, TimestampUnwrapper, build_rtp, parse_rtp

rtp_packets = st.builds(
    RtpPacket,
    st.integers(0, 127),
    st.integers(0, 65535),
    st.integers(0, 2**32 - 1),
    st.booleans(),
    st.binary(max_size=99),
)


@given(rtp_packets)
def test_what_is_built_is_parsed(packet: RtpPacket) -> None:
    assert parse_rtp(build_rtp(packet, 1)) == packet


@given(st.binary(max_size=80))
def test_other_bytes_are_refused_or_parsed(data: bytes) -> None:
    try:
        packet = parse_rtp(data)
    except RtpError:
        return
    assert len(packet.payload) <= len(data) - 12


def test_csrcs_extension_and_padding_are_left_out() -> None:
    head = bytes([0x80 | 0x20 | 0x10 | 1, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3])
    data = head + b"csrc" + b"\xbe\xde\x00\x01" + b"extn" + b"payload" + b"\x00\x00\x03"
    assert parse_rtp(data).payload == b"payload"


@pytest.mark.parametrize("data", [b"", b"\x80" * 11, b"\x00" * 20, b"\xa0" + b"\xff" * 20])
def test_damaged_packets_are_refused(data: bytes) -> None:
    with pytest.raises(RtpError):
        parse_rtp(data)


@given(st.lists(st.integers(-(2**20), 2**30), max_size=30), st.integers(0, 2**32 - 1))
def test_unwrapped_time_follows_every_step(steps: list[int], start: int) -> None:
    unwrap, expected = TimestampUnwrapper(), start
    assert unwrap(start) == start
    for step in steps:
        expected += step
        assert unwrap(expected & 0xFFFFFFFF) == expected
