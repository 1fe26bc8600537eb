"""Who may publish and watch, decided from tokens alone."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from hub.auth.keys import SigningKeys
from hub.fleet.ca import CertificateAuthority
from hub.media.access import Access, Allowed, Knowledge, Refused, StreamFacts, camera_of, decide, still
from hub.media.errors import BadTokenError
from hub.media.tokens import Grant, Viewer, api_token, claimed_device, device_grant, viewer_token

SESSION = UUID("00000000-0000-0000-0000-000000000001")
DEVICE_KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="module")
def secrets_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("secrets")


@pytest.fixture(scope="module")
def keys(secrets_dir: Path) -> SigningKeys:
    return SigningKeys.open(secrets_dir)


@pytest.fixture(scope="module")
def certificate(secrets_dir: Path) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "door")])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(DEVICE_KEY, SHA256())
    authority = CertificateAuthority.open(secrets_dir)
    return authority.issue_device_certificate("door", request, datetime.now(UTC)).public_bytes(Encoding.PEM).decode()


@pytest.fixture
def streams() -> dict[int, StreamFacts]:
    return {7: StreamFacts("door", stopped=False), 8: StreamFacts("other", stopped=False)}


@pytest.fixture
def know(keys: SigningKeys, certificate: str, streams: dict[int, StreamFacts]) -> Knowledge:
    """One device, `door`, with camera 7; user 3 may watch it."""
    return Knowledge(
        keys=keys,
        certificates_of=lambda device_id: [certificate] if device_id in ("door", "other") else [],
        stream_of=streams.get,
        may_watch=lambda user, session, camera: (user, session, camera) == ("3", str(SESSION), 7),
    )


def device_token(key: ec.EllipticCurvePrivateKey = DEVICE_KEY, **changes: Any) -> str:
    now = int(time.time())
    claims = {"sub": "door", "aud": "watchpost-media", "action": "publish", "path": "7", "iat": now, "exp": now + 240}
    return jwt.encode({name: value for name, value in {**claims, **changes}.items() if value is not None}, key, "ES256")


def test_a_device_publishes_its_own_camera(know: Knowledge) -> None:
    assert isinstance(decide(Access("publish", "7", device_token()), know), Allowed)
    assert isinstance(decide(Access("publish", "7", device_token(), user="door"), know), Allowed)


def test_a_device_clock_may_be_a_minute_off(know: Knowledge) -> None:
    now = int(time.time())
    for skew in (-50, 50):
        token = device_token(iat=now + skew, exp=now + skew + 240)
        assert isinstance(decide(Access("publish", "7", token), know), Allowed)
    assert isinstance(decide(Access("publish", "7", device_token(iat=now - 60, exp=now - 30)), know), Allowed)


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("8", {"path": "8"}),
        ("8", {}),
        ("7", {"path": "8"}),
        ("7", {"sub": "nobody"}),
        ("7", {"sub": None}),
        ("7", {"sub": ["door"]}),
        ("7", {"action": "read"}),
        ("7", {"aud": "watchpost"}),
        ("7", {"exp": 1}),
        ("7", {"exp": None}),
        ("7", {"iat": None}),
        ("7", {"iat": int(time.time()) - 1000}),
        ("07", {"path": "07"}),
        ("../7", {"path": "../7"}),
        ("", {"path": ""}),
    ],
)
def test_a_device_does_not_publish(know: Knowledge, path: str, changes: dict[str, Any]) -> None:
    assert isinstance(decide(Access("publish", path, device_token(**changes)), know), Refused)


def test_another_key_or_another_user_does_not_publish(know: Knowledge, keys: SigningKeys) -> None:
    forged = device_token(ec.generate_private_key(ec.SECP256R1()))
    assert isinstance(decide(Access("publish", "7", forged), know), Refused)
    assert isinstance(decide(Access("publish", "7", device_token(), user="other"), know), Refused)
    assert isinstance(decide(Access("publish", "7", viewer_token(keys, 7, Viewer(3, SESSION))), know), Refused)
    assert isinstance(decide(Access("publish", "7", api_token(keys)), know), Refused)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_other_algorithms_do_not_count(know: Knowledge, certificate: str, algorithm: str) -> None:
    now = int(time.time())
    claims = {"sub": "door", "aud": "watchpost-media", "action": "publish", "path": "7", "iat": now, "exp": now + 60}
    token = jwt.encode(claims, None if algorithm == "none" else "x" * 40, algorithm)
    assert isinstance(decide(Access("publish", "7", token), know), Refused)
    with pytest.raises(BadTokenError):
        device_grant(token, [certificate])


def test_a_viewer_watches_one_camera(know: Knowledge, keys: SigningKeys) -> None:
    token = viewer_token(keys, 7, Viewer(3, SESSION))
    assert isinstance(decide(Access("read", "7", token), know), Allowed)
    assert isinstance(decide(Access("read", "8", token), know), Refused)
    assert isinstance(decide(Access("api", "", token), know), Refused)
    assert isinstance(decide(Access("read", "7", viewer_token(keys, 7, Viewer(4, SESSION))), know), Refused)
    assert isinstance(decide(Access("read", "7", device_token(action="read")), know), Refused)
    assert isinstance(decide(Access("read", "7", keys.sign({"aud": "watchpost", "sub": "3"}, 60)), know), Refused)
    ended = keys.sign({"aud": "watchpost-media", "action": "read", "path": "7", "sub": "3", "sid": str(SESSION)}, -5)
    assert isinstance(decide(Access("read", "7", ended), know), Refused)


def test_what_was_let_in_goes_on_only_as_long_as_it_may(
    know: Knowledge, keys: SigningKeys, streams: dict[int, StreamFacts]
) -> None:
    publisher, viewer = Grant("publish", "7", "door"), Grant("read", "7", "3", str(SESSION))
    for grant in (publisher, viewer):
        assert still(grant, know) == Allowed(grant)
    changes = {
        "stopped": (StreamFacts("door", stopped=True), [Refused, Refused]),
        "moved": (StreamFacts("other", stopped=False), [Refused, Allowed]),
        "on no device": (StreamFacts(None, stopped=False), [Refused, Allowed]),
    }
    for facts, outcomes in changes.values():
        streams[7] = facts
        assert [type(still(grant, know)) for grant in (publisher, viewer)] == outcomes
    del streams[7]
    assert [type(still(grant, know)) for grant in (publisher, viewer)] == [Refused, Refused]
    streams[7] = StreamFacts("door", stopped=False)
    revoked = replace(know, certificates_of=lambda _device: [], may_watch=lambda *_who: False)
    assert [type(still(grant, revoked)) for grant in (publisher, viewer)] == [Refused, Refused]
    assert isinstance(still(Grant("playback", "7", "3"), know), Refused)


def test_nobody_comes_to_a_stopped_stream(know: Knowledge, keys: SigningKeys, streams: dict[int, StreamFacts]) -> None:
    streams[7] = StreamFacts("door", stopped=True)
    assert isinstance(decide(Access("publish", "7", device_token()), know), Refused)
    assert isinstance(decide(Access("read", "7", viewer_token(keys, 7, Viewer(3, SESSION))), know), Refused)


def test_only_the_hub_administers(know: Knowledge, keys: SigningKeys) -> None:
    assert isinstance(decide(Access("api", "", api_token(keys)), know), Allowed)
    assert isinstance(decide(Access("metrics", "", api_token(keys)), know), Refused)
    assert isinstance(decide(Access("playback", "7", api_token(keys)), know), Refused)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é", "\x00", "." * 4000])
def test_nonsense_is_refused(know: Knowledge, token: str) -> None:
    for action in ("publish", "read", "api", "", "PUBLISH"):
        assert isinstance(decide(Access(action, "7", token), know), Refused)


def test_no_reason_holds_a_token(know: Knowledge, keys: SigningKeys) -> None:
    token = viewer_token(keys, 7, Viewer(3, SESSION))
    decision = decide(Access("read", "8", token), know)
    assert isinstance(decision, Refused)
    assert token not in decision.reason
    assert token not in repr(Access("read", "8", token))


def test_the_claimed_device_is_cut_to_the_length_of_an_id() -> None:
    assert claimed_device(device_token(sub="x" * 500)) == "x" * 64


@pytest.mark.parametrize(
    ("path", "camera"),
    [("7", 7), ("0", None), ("07", None), ("\u0667", None), ("7/x", None), ("9" * 16, None), ("", None)],
)
def test_media_paths_are_camera_ids(path: str, camera: int | None) -> None:
    assert camera_of(path) == camera
