"""Secrets at rest: files that are made once and kept private, and the sealing of camera URLs with keys that rotate."""

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.errors import SecretError

SEALING_KEYS = "sealing.keys"


def kept(path: Path, make: Callable[[], bytes]) -> bytes:
    """The content of a secret file, made on the first call ever; several processes may race, one file wins."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _publish(path, make())
    try:
        return path.read_bytes()
    except OSError as error:
        raise SecretError(f"cannot read {path}: {error.strerror}") from error


def replaced(path: Path, content: bytes) -> None:
    """Put new content in place of a secret file; a reader sees the old or the new one, never half of it."""
    draft = _draft(path, content)
    draft.replace(path)


def _publish(path: Path, content: bytes) -> None:
    draft = _draft(path, content)
    try:
        os.link(draft, path)
    except FileExistsError:
        return  # another process was first; its content counts
    finally:
        draft.unlink()


def _draft(path: Path, content: bytes) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft


def secret_key(secrets_dir: Path, given: str = "") -> str:
    """Flask's key: the one from the settings, else one generated once."""
    return given or kept(secrets_dir / "secret.key", lambda: secrets.token_hex(32).encode()).decode()


class Sealer:
    """Seals text for the database; the first key seals, every key opens."""

    def __init__(self, keys: list[bytes]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    @classmethod
    def open(cls, secrets_dir: Path, given: str = "") -> "Sealer":
        """The sealer of one installation; a secret key in the settings comes first, so that machines can share it."""
        kept_keys = kept(secrets_dir / SEALING_KEYS, Fernet.generate_key).split()
        try:
            return cls([*([_derived(given)] if given else []), *kept_keys])
        except ValueError as error:
            raise SecretError(f"{secrets_dir / SEALING_KEYS} holds something that is not a key") from error

    def seal(self, text: str) -> bytes:
        """Text that only these keys open."""
        return self._fernet.encrypt(text.encode())

    def unseal(self, sealed: bytes) -> str:
        """The text; SecretError when no key at hand opens it."""
        try:
            return self._fernet.decrypt(bytes(sealed)).decode()
        except InvalidToken as error:
            raise SecretError("sealed with a key that is not at hand") from error

    def resealed(self, sealed: bytes) -> bytes:
        """The same text under the first key."""
        return self.seal(self.unseal(sealed))


def add_sealing_key(secrets_dir: Path) -> None:
    """Begin a rotation: a new key in front seals from the next start on, the old ones still open."""
    path = secrets_dir / SEALING_KEYS
    replaced(path, Fernet.generate_key() + b"\n" + kept(path, Fernet.generate_key))


def _derived(given: str) -> bytes:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"watchpost sealing key")
    return base64.urlsafe_b64encode(derivation.derive(given.encode()))
