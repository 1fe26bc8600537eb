"""H.264 in RTP: whatever is packed comes out whole, what is damaged stays out, what is hostile does no harm."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from hub.media.relay import h264
from hub.media.relay.h264 import AccessUnit, Depacketizer, packetize
from hub.media.relay.rtp import RtpPacket

SPS, PPS, IDR, P = b"\x67sps", b"\x68pps", b"\x65" + b"i" * 3000, b"\x41" + b"p" * 500


def packets(nals: list[bytes], timestamp: int, sequence: int = 0) -> list[RtpPacket]:
    """The RTP packets of one picture."""
    payloads = packetize(nals)
    last = len(payloads) - 1
    return [
        RtpPacket(96, (sequence + index) & 0xFFFF, timestamp, index == last, payload)
        for index, payload in enumerate(payloads)
    ]


def push_all(depacketizer: Depacketizer, pushed: list[RtpPacket]) -> list[AccessUnit]:
    return [unit for packet in pushed for unit in depacketizer.push(packet)]


nal_units = st.builds(
    lambda nri, kind, body: bytes([nri << 5 | kind]) + body,
    st.integers(0, 3),
    st.integers(1, 12),
    st.binary(min_size=1, max_size=4000),
)


@given(st.lists(nal_units, min_size=1, max_size=12), st.integers(0, 2**32 - 1), st.integers(0, 65535))
def test_what_is_packed_comes_out_whole(nals: list[bytes], timestamp: int, sequence: int) -> None:
    nals = [b"\x65key", *nals]
    units = push_all(Depacketizer(), packets(nals, timestamp, sequence))
    assert [(unit.nals, unit.timestamp) for unit in units] == [(tuple(nals), timestamp)]


@given(st.lists(nal_units, min_size=1, max_size=12), st.integers(10, 1400))
def test_no_payload_is_longer_than_the_limit(nals: list[bytes], limit: int) -> None:
    assert all(len(payload) <= limit for payload in packetize(nals, limit))


@given(st.lists(st.tuples(st.binary(max_size=60), st.integers(0, 3), st.booleans()), max_size=40))
def test_hostile_payloads_do_no_harm(hostile: list[tuple[bytes, int, bool]]) -> None:
    depacketizer = Depacketizer()
    for sequence, (payload, timestamp, marker) in enumerate(hostile):
        for unit in depacketizer.push(RtpPacket(96, sequence, timestamp, marker, payload)):
            assert all(unit.nals)


def test_parameter_sets_of_the_announcement_go_in_front_of_key_pictures() -> None:
    depacketizer = Depacketizer([SPS, PPS])
    (key,) = push_all(depacketizer, packets([IDR], 0))
    assert key.nals == (SPS, PPS, IDR)
    assert key.is_key


def test_newer_parameter_sets_in_the_stream_replace_them() -> None:
    depacketizer = Depacketizer([SPS, PPS])
    first = packets([b"\x67new", PPS, IDR], 0)
    second = packets([IDR], 3000, len(first))
    units = push_all(depacketizer, [*first, *second])
    assert units[0].nals == (b"\x67new", PPS, IDR)
    assert units[1].nals == (b"\x67new", PPS, IDR)


def test_nothing_comes_before_the_first_key_picture() -> None:
    depacketizer = Depacketizer()
    before = packets([P], 0)
    after = packets([IDR], 3000, len(before))
    assert [unit.timestamp for unit in push_all(depacketizer, [*before, *after])] == [3000]


def test_a_lost_packet_costs_all_up_to_the_next_key_picture() -> None:
    key = packets([IDR], 0)
    damaged = packets([P + P + P + P], 3000, len(key))
    following = packets([P], 6000, len(key) + len(damaged))
    again = packets([IDR], 9000, len(key) + len(damaged) + len(following))
    sent = [*key, *damaged[1:], *following, *again]
    assert [unit.timestamp for unit in push_all(Depacketizer(), sent)] == [0, 9000]


def test_a_new_timestamp_ends_a_picture_without_marker() -> None:
    first = [replace(packet, marker=False) for packet in packets([IDR], 0)]
    second = packets([P], 3000, len(first))
    assert [unit.timestamp for unit in push_all(Depacketizer(), [*first, *second])] == [0, 3000]


def test_an_endless_picture_is_dropped() -> None:
    depacketizer = Depacketizer()
    step = 60_000
    count = h264.UNIT_LIMIT // step + 2
    sent = [RtpPacket(96, n & 0xFFFF, 0, n == count - 1, b"\x65" + b"x" * step) for n in range(count)]
    assert push_all(depacketizer, sent) == []
    assert len(push_all(depacketizer, packets([IDR], 3000, count))) == 1
