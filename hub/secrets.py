"""Secrets at rest: files that are made once and kept private, and the sealing of camera URLs with keys that rotate."""

import base64
import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

import structlog
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.errors import SecretError

SEALING_KEYS = "sealing.keys"
T = TypeVar("T")
log = structlog.get_logger(__name__)


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
        _give_to_owner(descriptor, path)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _give_to_owner(descriptor: int, path: Path) -> None:
    """Root may run a command for the hub's own account, which has to read the file afterwards."""
    if os.geteuid() == 0:
        owner = (path if path.exists() else path.parent).stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


class Watched(Generic[T]):
    """What a secret file says, read again when somebody has replaced it: keys rotate while the programs run."""

    def __init__(self, path: Path, parse: Callable[[bytes], T]) -> None:
        self._path = path
        self._parse = parse
        self._seen = _stamp(path)
        self._value = parse(path.read_bytes())

    @property
    def value(self) -> T:
        """As it is now; a file that is gone or damaged changes nothing, but is told of in the log."""
        try:
            found = _stamp(self._path)
            if found != self._seen:
                self._value = self._parse(self._path.read_bytes())
                self._seen = found
        except (OSError, SecretError) as error:
            log.error("secret not read again", file=self._path.name, error=str(error))
        return self._value


def _stamp(path: Path) -> tuple[int, int]:
    """What changes when a file is replaced."""
    found = path.stat()
    return found.st_ino, found.st_mtime_ns


class Sealer:
    """Seals text for the database; the first key seals, every key opens."""

    def __init__(self, path: Path, given: Sequence[str] = ()) -> None:
        self._path = path
        self._given = [_derived(text) for text in given if text]
        self._known: list[bytes] = []
        kept(path, Fernet.generate_key)
        self._fernet = Watched(path, self._read)

    @classmethod
    def open(cls, secrets_dir: Path, *given: str) -> "Sealer":
        """The sealer of one installation; secret keys in the settings come first, so that machines can share them."""
        return cls(secrets_dir / SEALING_KEYS, given)

    @property
    def newest(self) -> bytes:
        """The key that seals."""
        _ = self._fernet.value
        return self._known[0]

    def seal(self, text: str) -> bytes:
        """Text that only these keys open."""
        return self._fernet.value.encrypt(text.encode())

    def unseal(self, sealed: bytes) -> str:
        """The text; SecretError when no key at hand opens it."""
        try:
            return self._fernet.value.decrypt(bytes(sealed)).decode()
        except InvalidToken as error:
            raise SecretError("sealed with a key that is not at hand") from error

    def is_newest(self, sealed: bytes) -> bool:
        """Whether the key that seals now has sealed this."""
        try:
            Fernet(self.newest).decrypt(bytes(sealed))
        except InvalidToken:
            return False
        return True

    def _read(self, content: bytes) -> MultiFernet:
        """Keys that were dropped meanwhile still open here what a query fetched a moment before."""
        self._known = list(dict.fromkeys([*self._given, *content.split(), *self._known]))
        try:
            return MultiFernet([Fernet(key) for key in self._known])
        except ValueError as error:
            raise SecretError(f"{self._path} holds something that is not a key") from error


def sealing_keys(secrets_dir: Path) -> list[bytes]:
    """The keys that an installation keeps, the one that seals first."""
    return kept(secrets_dir / SEALING_KEYS, Fernet.generate_key).split()


def add_sealing_key(secrets_dir: Path) -> None:
    """Begin a rotation: a new key in front seals from now on, the old ones still open."""
    keys = [Fernet.generate_key(), *sealing_keys(secrets_dir)]
    replaced(secrets_dir / SEALING_KEYS, b"\n".join(keys) + b"\n")


def drop_old_sealing_keys(secrets_dir: Path) -> int:
    """End a rotation, once nothing is sealed with the old keys any more; how many there were."""
    newest, *old = sealing_keys(secrets_dir)
    if old:
        replaced(secrets_dir / SEALING_KEYS, newest + b"\n")
    return len(old)


def _derived(given: str) -> bytes:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"watchpost sealing key")
    return base64.urlsafe_b64encode(derivation.derive(given.encode()))
