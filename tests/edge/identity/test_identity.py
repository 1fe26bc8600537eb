"""The identity: files that change together or not at all, a key nobody else can read, a token the hub can check."""

from datetime import UTC, datetime
from pathlib import Path

import jwt
import pytest
from cryptography import x509
from throwaway_ca import ThrowawayCa

from edge.errors import IdentityError
from edge.identity import identity
from edge.identity.identity import Facts, Granted

FACTS = Facts("front-door", "mqtts://hub:8883", "rtsp://hub:8554")


def granted(ca: ThrowawayCa, key_pem: bytes) -> Granted:
    csr = identity.signing_request(key_pem, "Front door")
    return Granted(FACTS, ca.sign(csr, "front-door"), ca.ca_path.read_bytes())


@pytest.fixture
def ca(tmp_path: Path) -> ThrowawayCa:
    return ThrowawayCa(tmp_path / "ca")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def test_nothing_before_enrolment(state: Path) -> None:
    assert identity.load(state) is None


def test_what_is_kept_is_loaded(state: Path, ca: ThrowawayCa) -> None:
    key_pem = identity.new_key()
    kept = identity.keep(state, key_pem, granted(ca, key_pem))
    assert identity.load(state) == kept
    assert kept.facts == FACTS
    assert kept.ends_at > datetime.now(UTC)
    assert {path.name for path in state.glob("*.*")} == {"key.pem", "certificate.pem", "ca.pem", "identity.json"}
    assert (state / "certificate.pem").read_bytes() == (kept.folder / "certificate.pem").read_bytes()
    assert kept.certificates.ca is not None
    assert kept.certificates.ca.read_bytes() == ca.ca_path.read_bytes()


def test_only_the_owner_can_read_it(state: Path, ca: ThrowawayCa) -> None:
    key_pem = identity.new_key()
    identity.keep(state, key_pem, granted(ca, key_pem))
    assert {path.stat().st_mode & 0o077 for path in state.rglob("*")} == {0}


def test_a_new_identity_takes_the_old_ones_place_whole(state: Path, ca: ThrowawayCa) -> None:
    for _ in range(2):
        key_pem = identity.new_key()
        kept = identity.keep(state, key_pem, granted(ca, key_pem))
    assert (kept.folder / "key.pem").read_bytes() == key_pem
    assert (state / "key.pem").read_bytes() == key_pem
    assert len([path for path in state.iterdir() if not path.is_symlink()]) == 1


def test_a_certificate_for_another_key_is_refused_and_nothing_changes(state: Path, ca: ThrowawayCa) -> None:
    key_pem = identity.new_key()
    kept = identity.keep(state, key_pem, granted(ca, key_pem))
    with pytest.raises(IdentityError, match="not for our key"):
        identity.keep(state, identity.new_key(), granted(ca, key_pem))
    assert identity.load(state) == kept


@pytest.mark.parametrize("name", ["key.pem", "certificate.pem", "identity.json"])
def test_a_damaged_identity_is_one_clear_line(state: Path, ca: ThrowawayCa, name: str) -> None:
    key_pem = identity.new_key()
    kept = identity.keep(state, key_pem, granted(ca, key_pem))
    (kept.folder / name).write_bytes(b"damaged")
    with pytest.raises(IdentityError, match="enrol again"):
        identity.load(state)


def test_the_publish_token_is_what_the_hub_checks(state: Path, ca: ThrowawayCa) -> None:
    key_pem = identity.new_key()
    kept = identity.keep(state, key_pem, granted(ca, key_pem))
    certificate = x509.load_pem_x509_certificate((kept.folder / "certificate.pem").read_bytes())
    now = datetime.now(UTC).timestamp()
    claims = jwt.decode(
        kept.publish_token("7", now), certificate.public_key(), ["ES256"], audience="watchpost-media"  # type: ignore[arg-type]
    )  # fmt: skip
    assert (claims["sub"], claims["action"], claims["path"]) == ("front-door", "publish", "7")
    assert 0 < claims["exp"] - claims["iat"] <= 300
