import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.camera.address import parse
from edge.errors import CameraError


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("rtsp://cam/live", "rtsp://cam/live"),
        ("rtsp://admin:pw@cam:8554/live?channel=1", "rtsp://admin:pw@cam:8554/live?channel=1"),
        ("rtsp://admin:p@ss@cam/live", "rtsp://admin:p%40ss@cam/live"),
        ("rtsp://admin:p/w#1?x@cam:554/live", "rtsp://admin:p%2Fw%231%3Fx@cam:554/live"),
        ("rtsp://admin:p%40ss@cam/live", "rtsp://admin:p%40ss@cam/live"),
        ("rtsp://admin:100%@cam/live", "rtsp://admin:100%25@cam/live"),
        ("rtsp://[fe80::1]:554/live", "rtsp://[fe80::1]:554/live"),
        ("rtsp://cam/live@home", "rtsp://cam/live@home"),
        (" RTSP://cam/live ", "rtsp://cam/live"),
    ],
)
def test_credentials_are_made_fit_for_ffmpeg(typed: str, url: str) -> None:
    assert parse(typed).url == url


def test_host_and_port_are_known() -> None:
    address = parse("rtsps://user:pw@cam.example/live")
    assert (address.scheme, address.host, address.port) == ("rtsps", "cam.example", 322)


def test_what_is_shown_holds_no_credential_and_no_query() -> None:
    address = parse("rtsp://user:secret@cam:554/live?token=hidden")
    assert address.shown == "rtsp://cam:554/live"
    assert "secret" not in repr(address)
    assert "hidden" not in repr(address)


@given(
    st.sampled_from(["user=a&password={}&channel=1", "live/PWD={}", "user={}_password={}_channel=1", "pass={};x=y"]),
    st.text("abcXYZ0123456789-_.~!$&'()*+,;=%:@/", max_size=20),
)
def test_a_password_in_the_path_goes_to_the_camera_alone(path: str, password: str) -> None:
    typed = "rtsp://cam/" + path.replace("{}", f"S3CRET{password}")
    address = parse(typed)
    assert address.url == typed
    assert "S3CRET" not in address.shown
    assert "S3CRET" not in repr(address)


def test_what_else_is_in_the_path_is_shown() -> None:
    assert parse("rtsp://cam/user=a&password=b&channel=1").shown == "rtsp://cam/user=***&password=***&channel=1"
    assert parse("rtsp://cam/user=a_password=b_channel=1").shown == "rtsp://cam/user=***_password=***_channel=1"


@pytest.mark.parametrize(
    ("typed", "target"),
    [("/clips/a b.mp4", "/clips/a b.mp4"), ("file:///clips/a%20b.mp4", "/clips/a b.mp4"), ("file://localhost/x", "/x")],
)
def test_files(typed: str, target: str) -> None:
    assert (parse(typed).scheme, parse(typed).target) == ("file", target)


@pytest.mark.parametrize("typed", ["", "http://cam/x", "rtsp://", "rtsp://:554/x", "rtsp://cam:port/x", "rtsp://a b/x"])
def test_what_is_no_camera_is_refused_in_words(typed: str) -> None:
    with pytest.raises(CameraError):
        parse(typed)


def test_local_devices() -> None:
    assert parse("v4l2:///dev/video2").target == "/dev/video2"
    assert parse("picamera://0").target == "0"


def outcome(typed: str) -> str:
    """What people get to see of an address."""
    try:
        return parse(typed).shown
    except CameraError as error:
        return str(error)


@given(st.text(min_size=1, max_size=60))
def test_no_text_does_worse_than_a_refusal(text: str) -> None:
    assert len(outcome("rtsp://" + text)) < 200


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20))
def test_a_password_never_shows(password: str) -> None:
    assert f"@@{password}" not in outcome(f"rtsp://someone:@@{password}@@host.example/path")
