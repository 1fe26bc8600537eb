"""Password hashing: argon2id with OWASP's smallest safe cost, a bounded number at a time, no hint about who exists."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hub.errors import Busy

MEMORY_KIB = 19 * 1024
PASSES = 2
AT_ONCE = 2
WAIT_S = 5.0


class Passwords:
    """Hashes and checks, at most two at once in a process: each takes 19 MiB and about 25 ms of a core."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1)
        self._turns = BoundedSemaphore(AT_ONCE)
        self._nobody = self._hasher.hash("nobody has this password")

    def hashed(self, password: str) -> str:
        """The encoded hash of a new password; Busy when the queue is too long."""
        with self._turn():
            return self._hasher.hash(password)

    def matches(self, encoded: str | None, password: str) -> bool:
        """Whether a password is the one behind a hash; None (no such user) takes just as long and is never true."""
        with self._turn():
            try:
                return self._hasher.verify(encoded or self._nobody, password) and encoded is not None
            except (VerificationError, InvalidHashError):
                return False

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=WAIT_S):
            raise Busy("too many logins at once; try again in a few seconds")
        try:
            yield
        finally:
            self._turns.release()
