"""Session descriptions of publishers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.media.relay.errors import SdpError
from hub.media.relay.sdp import VideoTrack, describe, parse_announcement

ANNOUNCED = """v=0
o=- 0 0 IN IP4 127.0.0.1
s=No Name
t=0 0
m=audio 0 RTP/AVP 97
a=rtpmap:97 MPEG4-GENERIC/48000/2
a=control:streamid=0
m=video 0 RTP/AVP 96
a=rtpmap:96 H264/90000
a=fmtp:96 packetization-mode=1; sprop-parameter-sets=Z0LADQ==,aM4PyA==; profile-level-id=42C00D
a=control:streamid=1
"""


def test_the_video_track_is_found_with_its_parameter_sets() -> None:
    track = parse_announcement(ANNOUNCED)
    assert track == VideoTrack(96, "streamid=1", (bytes.fromhex("6742c00d"), bytes.fromhex("68ce0fc8")))


def test_a_description_for_readers_says_the_same() -> None:
    track = parse_announcement(ANNOUNCED)
    assert parse_announcement(describe(track)) == track


@pytest.mark.parametrize(
    "text",
    [
        "",
        "m=video 0 RTP/AVP 96\na=rtpmap:96 H265/90000",
        "m=audio 0 RTP/AVP 96\na=rtpmap:96 H264/90000",
        "a=rtpmap:96 H264/90000",
        "m=",
        ANNOUNCED.replace("Z0LADQ==", "!!"),
    ],
)
def test_others_are_refused(text: str) -> None:
    with pytest.raises(SdpError):
        parse_announcement(text)


@given(st.lists(st.sampled_from(["m=video 0 RTP/AVP 96 x", "a=rtpmap:96", "a=fmtp:x", "a=:", "m=video", "a=control:"])))
def test_odd_lines_do_no_harm(lines: list[str]) -> None:
    with pytest.raises(SdpError):
        parse_announcement("\r\n".join(lines))
