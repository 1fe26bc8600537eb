"""The message inside each picture: FFmpeg, which knows the standard, finds it where the standard says."""

import struct

import av
import numpy as np
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext
from hypothesis import given
from hypothesis import strategies as st

from edge.stream.rtp import nal_units
from edge.stream.sei import MOST_BOXES, UUID, escaped, insert, message
from edge.values import Box

HEAD = struct.Struct("!QHHB")


def picture() -> bytes:
    """A key picture as x264 writes it, with parameter sets and an SEI message of x264's own."""
    coder = CodecContext.create("libx264", "w")
    assert isinstance(coder, VideoCodecContext)
    coder.width, coder.height, coder.pix_fmt, coder.framerate = 64, 48, "yuv420p", 25
    coder.options = {"tune": "zerolatency", "x264-params": "repeat-headers=1"}
    coder.thread_count = 1
    (packet,) = coder.encode(av.VideoFrame.from_ndarray(np.full((72, 64), 100, np.uint8), "yuv420p"))
    return bytes(packet)


PICTURE = picture()
boxes = st.builds(Box, *(st.floats(-10, 70_000),) * 2, *(st.floats(0, 5_000),) * 2)


def read_back(nals: list[bytes | memoryview]) -> tuple[int, tuple[int, int], list[tuple[int, ...]]]:
    """What a decoder of FFmpeg says that the picture carries."""
    decoder = CodecContext.create("h264", "r")
    stream = b"".join(b"\0\0\0\1" + bytes(nal) for nal in nals)
    (frame,) = [*decoder.decode(av.Packet(stream)), *decoder.decode(None)]
    (ours,) = [bytes(data) for data in frame.side_data if bytes(data)[:16] == UUID]
    captured_ms, width, height, count = HEAD.unpack_from(ours, 16)
    corners = struct.unpack(f"!{4 * count}H", ours[16 + HEAD.size :])
    return captured_ms, (width, height), [corners[at : at + 4] for at in range(0, len(corners), 4)]


@given(st.integers(0, 2**41), st.lists(boxes, max_size=MOST_BOXES + 3))
def test_a_decoder_finds_the_time_and_every_box(captured_ms: int, faces: list[Box]) -> None:
    nals = insert(nal_units(PICTURE), message(captured_ms / 1000, (1920, 1080), faces))
    found_ms, size, found = read_back(nals)
    assert (found_ms, size, len(found)) == (captured_ms, (1920, 1080), min(MOST_BOXES, len(faces)))
    for box, corners in zip(faces, found, strict=False):
        wanted = (box.x, box.y, box.x + box.w, box.y + box.h)
        assert corners == tuple(min(65_535, max(0, round(side))) for side in wanted)


def test_it_stands_between_the_parameter_sets_and_the_first_slice() -> None:
    kinds = [nal[0] & 0x1F for nal in insert(nal_units(PICTURE), message(1.0, (2, 2), ()))]
    assert kinds.index(5) == len(kinds) - 1
    assert kinds[-2] == 6
    assert {7, 8} <= set(kinds[:-2])


@given(st.lists(st.sampled_from([0, 0, 0, 1, 2, 3, 4, 255]), max_size=60).map(bytes))
def test_no_start_code_is_left_in_it(payload: bytes) -> None:
    inside = escaped(payload)
    assert not any(code in inside for code in (b"\0\0\0", b"\0\0\1", b"\0\0\2"))
