"""Camera addresses: no secret is ever shown, and a masked one comes back as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Invalid
from hub.fleet import source_url

LETTERS = st.text("abcdefghijklmnopqrstuvwxyzABC0123456789-_.~!$&'()*+,;=%@:", min_size=1, max_size=20)
SECRETS = LETTERS.map(lambda text: f"S3CRET{text}")
URLS = st.builds(
    lambda user, password, path, query: f"rtsp://{user}:{password}@10.0.0.5:554/{path}?{query}",
    LETTERS.filter(lambda text: ":" not in text),
    SECRETS.filter(lambda text: "?" not in text),
    st.text("abc/123", max_size=20),
    SECRETS,
)
PATHS = st.builds(
    lambda start, names, secrets, between, end: (
        f"rtsp://10.0.0.5:554/{start}{between.join(f'{n}={s}' for n, s in zip(names, secrets, strict=True))}{end}"
    ),
    st.sampled_from(["", "live/", "cam/"]),
    st.sampled_from([("user", "password"), ("username", "PWD"), ("User", "passwd"), ("login_user", "pass")]),
    st.tuples(SECRETS, SECRETS),
    st.sampled_from(["&", ";", "_"]),
    st.sampled_from(["", "&channel=1&stream=0.sdp", "_channel=1_stream=0.sdp", "&channel=1&stream=0.sdp?real_stream"]),
)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://ann:pw@cam/1?token=x", "rtsp://***:***@cam/1?***"),
        ("rtsp://ann@cam/1", "rtsp://***@cam/1"),
        ("rtsp://a:p@ss@cam:554", "rtsp://***:***@cam:554"),
        ("rtsps://cam/1", "rtsps://cam/1"),
        ("rtsp://cam?password=a/b", "rtsp://cam?***"),
        ("rtsp://cam/user=a&password=b&channel=1", "rtsp://cam/user=***&password=***&channel=1"),
        ("rtsp://cam/user=a_password=b_channel=1", "rtsp://cam/user=***_password=***_channel=1"),
        ("rtsp://cam/ch1/PassWd=a/b&c", "rtsp://cam/ch1/PassWd=***"),
        ("file:///clips/a%20b.mp4", "file:///clips/a%20b.mp4"),
        ("picamera://0", "picamera://0"),
    ],
)
def test_masking(url: str, shown: str) -> None:
    assert source_url.masked(url) == shown


@given(st.one_of(URLS, PATHS))
def test_no_secret_is_shown_and_the_mask_comes_back_whole(url: str) -> None:
    shown = source_url.masked(url)
    assert "S3CRET" not in shown
    assert source_url.unmasked(shown, url) == url


@given(st.one_of(URLS, PATHS), st.text("abc :,", max_size=20))
def test_no_text_of_a_device_brings_a_secret(url: str, around: str) -> None:
    told = source_url.without_secrets(f"{around} {url} {around} cannot be opened: {url}")
    assert "S3CRET" not in told
    assert told.startswith(around)
    assert "cannot be opened" in told


@given(URLS.filter(lambda url: source_url.HIDDEN not in url))
def test_the_path_may_change_under_the_mask(url: str) -> None:
    shown = source_url.masked(url)
    head, question, query = url.partition("?")
    merged = source_url.unmasked(shown.replace("?***", "/new?***"), url)
    assert merged == f"{head}/new{question}{query}"


@pytest.mark.parametrize(
    ("given", "merged"),
    [
        ("/user=***&password=***&channel=2", "/user=ann&password=pw&channel=2"),
        ("/user=bob&password=***", "/user=bob&password=pw"),
        ("/password=new", "/password=new"),
    ],
)
def test_the_path_may_change_around_what_is_hidden_in_it(given: str, merged: str) -> None:
    kept = "rtsp://cam/user=ann&password=pw&channel=1"
    assert source_url.unmasked(f"rtsp://cam{given}", kept) == f"rtsp://cam{merged}"


@pytest.mark.parametrize("url", ["rtsp://evil/user=***", "rtsp://cam/pwd=***"])
def test_what_is_hidden_in_a_path_goes_nowhere_else(url: str) -> None:
    with pytest.raises(Invalid):
        source_url.unmasked(url, "rtsp://cam/user=ann&password=pw")


@pytest.mark.parametrize(
    "url", ["rtsp://***:***@evil/1", "rtsp://***:***@cam:8554/1", "rtsp://cam/***?***", "file:///***"]
)
def test_hidden_credentials_go_to_no_other_host(url: str) -> None:
    with pytest.raises(Invalid):
        source_url.unmasked(url, "rtsp://ann:pw@cam/1?x=y")


@pytest.mark.parametrize(
    "url", ["rtsp://", "rtsp://:554/", "rtsp://cam:99999/", "rtsp://cam:0/", "rtsp://[::1/", "rtsp://a:p#w@cam/"]
)
def test_unsound_addresses(url: str) -> None:
    with pytest.raises(Invalid):
        source_url.check(url)
