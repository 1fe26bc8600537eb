import struct

from hypothesis import given
from hypothesis import strategies as st

from edge.stream.rtp import MAX_PAYLOAD, Packetizer, nal_units, parameter_sets

nals = st.builds(
    lambda kind, body: bytes([0x60 | kind]) + body.replace(b"\x00\x00", b"\x00\x01") + b"\x80",
    st.sampled_from([1, 5, 6, 7, 8]),
    st.binary(max_size=4000),
)
START_CODES = st.sampled_from([b"\x00\x00\x01", b"\x00\x00\x00\x01"])


def packets(data: bytes) -> list[tuple[bool, int, int, bytes]]:
    """(marker, sequence, timestamp, payload) of each interleaved frame, checked on the way."""
    found = []
    while data:
        magic, channel, size = struct.unpack("!cBH", data[:4])
        packet, data = data[4 : 4 + size], data[4 + size :]
        version, kind, sequence, timestamp, ssrc = struct.unpack("!BBHII", packet[:12])
        assert (magic, channel, version, kind & 0x7F, ssrc) == (b"$", 0, 0x80, 96, 7)
        assert len(packet) == size
        found.append((bool(kind & 0x80), sequence, timestamp, packet[12:]))
    return found


def reassembled(payloads: list[bytes]) -> list[bytes]:
    """A receiver after RFC 6184."""
    made: list[bytes] = []
    for payload in payloads:
        assert len(payload) <= MAX_PAYLOAD
        if payload[0] & 0x1F != 28:
            made.append(payload)
        elif payload[1] & 0x80:
            made.append(bytes([(payload[0] & 0xE0) | (payload[1] & 0x1F)]) + payload[2:])
        else:
            made[-1] += payload[2:]
    return made


@given(st.lists(st.tuples(START_CODES, nals), min_size=1, max_size=5))
def test_a_receiver_gets_back_every_nal_unit(parts: list[tuple[bytes, bytes]]) -> None:
    access_unit = b"".join(code + nal for code, nal in parts)
    sent = packets(Packetizer(7, 65_530, 0).interleaved(nal_units(access_unit), 2.0, 0))
    assert reassembled([payload for *_, payload in sent]) == [nal for _, nal in parts]
    assert [marker for marker, *_ in sent] == [False] * (len(sent) - 1) + [True]
    assert {timestamp for _, _, timestamp, _ in sent} == {180_000}
    assert [sequence for _, sequence, *_ in sent] == [(65_530 + n) & 0xFFFF for n in range(len(sent))]


def test_timestamps_wrap() -> None:
    packetizer = Packetizer(7, 0, 2**32 - 45_000)
    assert packetizer.timestamp(0.0) == 2**32 - 45_000
    assert packetizer.timestamp(1.0) == 45_000


def test_parameter_sets_are_found_or_not() -> None:
    sps, pps, idr = b"\x67\x42\xc0\x1f", b"\x68\xce", b"\x65\x88"
    assert parameter_sets(b"\0\0\0\1" + sps + b"\0\0\1" + pps + b"\0\0\1" + idr) == (sps, pps)
    assert parameter_sets(b"\0\0\1" + idr) is None


@given(st.binary(max_size=200))
def test_garbage_is_no_trouble(data: bytes) -> None:
    nal_units(data)
    parameter_sets(data)


def test_a_sender_report_tells_when_a_picture_was_captured() -> None:
    packetizer = Packetizer(7, 0, 0)
    packetizer.interleaved([b"\x65abc"], 0.0, 0)
    report = packetizer.sender_report(1_700_000_000.5, 1.0, 1)
    assert report[:4] == b"$\x01\x00\x1c"
    head, kind, length, ssrc, seconds, fraction, timestamp, count, octets = struct.unpack("!BBHIIIIII", report[4:])
    assert (head, kind, length, ssrc) == (0x80, 200, 6, 7)
    assert (seconds - 2_208_988_800, fraction) == (1_700_000_000, 2**31)
    assert (timestamp, count, octets) == (90_000, 1, 4)
