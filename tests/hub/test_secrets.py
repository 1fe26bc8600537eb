"""Secret files are made once and private; sealed text survives the rotation of keys."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_bytes

import jwt
import pytest

from hub.auth.keys import LONGEST, SigningKeys, rotate
from hub.errors import SecretError
from hub.secrets import Sealer, add_sealing_key, drop_old_sealing_keys, kept, replaced


def test_many_racers_get_one_secret(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "secret"
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: kept(path, lambda: token_bytes(16)), range(32)))
    assert len(found) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [item.name for item in path.parent.iterdir()] == ["secret"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_replaces_stays_its_owners(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, 12345)
    kept(tmp_path / "secret", lambda: b"one")
    replaced(tmp_path / "secret", b"two")
    found = (tmp_path / "secret").stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (12345, 12345, 0o600)


def test_a_running_program_notices_a_rotation(tmp_path: Path) -> None:
    running, other = Sealer.open(tmp_path), Sealer.open(tmp_path)
    sealed = running.seal("rtsp://ann:secret@cam/1")
    assert b"secret" not in sealed
    assert running.is_newest(sealed)
    add_sealing_key(tmp_path)
    assert not running.is_newest(sealed)
    fresh = other.seal("rtsp://ann:secret@cam/2")
    assert running.unseal(fresh) == "rtsp://ann:secret@cam/2"
    assert drop_old_sealing_keys(tmp_path) == 1
    assert running.unseal(sealed) == "rtsp://ann:secret@cam/1"  # fetched a moment before
    with pytest.raises(SecretError):
        Sealer.open(tmp_path).unseal(sealed)
    assert Sealer.open(tmp_path).unseal(fresh) == "rtsp://ann:secret@cam/2"


def test_a_file_that_is_damaged_while_a_program_runs_changes_nothing(tmp_path: Path) -> None:
    running, keys = Sealer.open(tmp_path), SigningKeys.open(tmp_path)
    sealed, token = running.seal("x"), keys.sign({"aud": "x"}, 60)
    (tmp_path / "sealing.keys").write_text("nonsense")
    (tmp_path / "jwt.pem").unlink()
    assert running.unseal(sealed) == "x"
    assert keys.verify(token, "x")["aud"] == "x"


def test_a_key_from_the_settings_is_shared_between_machines(tmp_path: Path) -> None:
    here = Sealer.open(tmp_path / "a", "one secret for both")
    there = Sealer.open(tmp_path / "b", "one secret for both")
    assert there.unseal(here.seal("x")) == "x"
    later = Sealer.open(tmp_path / "b", "the next secret", "one secret for both")
    assert later.unseal(here.seal("x")) == "x"
    assert not later.is_newest(here.seal("x"))


def test_a_damaged_key_file_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "sealing.keys").write_text("nonsense")
    (tmp_path / "jwt.pem").write_text("nonsense")
    with pytest.raises(SecretError, match="not a key"):
        Sealer.open(tmp_path)
    with pytest.raises(SecretError, match="not an EC"):
        SigningKeys.open(tmp_path)


def test_signing_keys_rotate_and_the_old_ones_verify(tmp_path: Path) -> None:
    keys = SigningKeys.open(tmp_path)
    first, token = keys.current.kid, keys.sign({"aud": "x", "sub": "1"}, 60)
    rotate(tmp_path, datetime.now(UTC))
    assert keys.current.kid != first
    assert keys.verify(token, "x")["sub"] == "1"
    assert [key["kid"] for key in keys.jwks()["keys"]] == [keys.current.kid, first]
    assert all("d" not in key for key in keys.jwks()["keys"])
    for _ in range(3):
        rotate(tmp_path, datetime.now(UTC))
    assert len(keys.jwks()["keys"]) == 5
    assert SigningKeys.open(tmp_path).verify(token, "x")["sub"] == "1"


def test_an_old_key_verifies_until_its_last_token_has_ended(tmp_path: Path) -> None:
    start = datetime.now(UTC)
    moments = [start]
    keys = SigningKeys(tmp_path / "jwt.pem", lambda: moments[-1])
    token = keys.sign({"aud": "x"}, 10**7)
    rotate(tmp_path, start + timedelta(days=1))
    moments.append(start + timedelta(days=1) + LONGEST - timedelta(seconds=1))
    assert keys.verify(token, "x")
    moments.append(start + timedelta(days=1) + LONGEST)
    with pytest.raises(jwt.InvalidTokenError):
        keys.verify(token, "x")
    assert len(rotate(tmp_path, moments[-1]).good()) == 2
    assert (tmp_path / "jwt.pem").read_bytes().count(b"BEGIN") == 2


def test_dropped_keys_verify_nothing(tmp_path: Path) -> None:
    keys = SigningKeys.open(tmp_path)
    token = keys.sign({"aud": "x"}, 60)
    rotate(tmp_path, datetime.now(UTC), drop_old=True)
    with pytest.raises(jwt.InvalidTokenError):
        keys.verify(token, "x")


def test_key_files_of_before_are_read(tmp_path: Path) -> None:
    SigningKeys.open(tmp_path)
    path = tmp_path / "jwt.pem"
    path.write_bytes(b"".join(line for line in path.read_bytes().splitlines(True) if not line.startswith(b"made-at")))
    assert len(SigningKeys.open(tmp_path).good()) == 1
    assert len(rotate(tmp_path, datetime.now(UTC)).good()) == 2
