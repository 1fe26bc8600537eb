"""Secret files are made once and private; sealed text survives the rotation of keys."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from secrets import token_bytes

import pytest

from hub.auth.keys import SigningKeys, rotate
from hub.errors import SecretError
from hub.secrets import Sealer, add_sealing_key, kept, secret_key


def test_many_racers_get_one_secret(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "secret"
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: kept(path, lambda: token_bytes(16)), range(32)))
    assert len(found) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [item.name for item in path.parent.iterdir()] == ["secret"]


def test_given_secret_key_comes_first(tmp_path: Path) -> None:
    assert secret_key(tmp_path, "given by the settings") == "given by the settings"
    assert secret_key(tmp_path) == secret_key(tmp_path) != ""


def test_sealed_text_outlives_a_rotation(tmp_path: Path) -> None:
    old = Sealer.open(tmp_path)
    sealed = old.seal("rtsp://ann:secret@cam/1")
    assert b"secret" not in sealed
    add_sealing_key(tmp_path)
    new = Sealer.open(tmp_path)
    assert new.unseal(sealed) == "rtsp://ann:secret@cam/1"
    with pytest.raises(SecretError):
        old.unseal(new.resealed(sealed))


def test_a_key_from_the_settings_is_shared_between_machines(tmp_path: Path) -> None:
    here = Sealer.open(tmp_path / "a", "one secret for both")
    there = Sealer.open(tmp_path / "b", "one secret for both")
    assert there.unseal(here.seal("x")) == "x"


def test_a_damaged_key_file_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "sealing.keys").write_text("nonsense")
    (tmp_path / "jwt.pem").write_text("nonsense")
    with pytest.raises(SecretError, match="not a key"):
        Sealer.open(tmp_path)
    with pytest.raises(SecretError, match="not an EC"):
        SigningKeys.open(tmp_path)


def test_signing_keys_rotate_and_the_old_ones_verify(tmp_path: Path) -> None:
    first = SigningKeys.open(tmp_path)
    token = first.sign({"aud": "x", "sub": "1"}, 60)
    rotate(tmp_path)
    second = SigningKeys.open(tmp_path)
    assert second.current.kid != first.current.kid
    assert second.verify(token, "x")["sub"] == "1"
    assert [key["kid"] for key in second.jwks()["keys"]] == [second.current.kid, first.current.kid]
    assert all("d" not in key for key in second.jwks()["keys"])
    for _ in range(3):
        rotate(tmp_path)
    assert len(SigningKeys.open(tmp_path).jwks()["keys"]) == 3
