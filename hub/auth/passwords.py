"""Password hashing: argon2id with OWASP's smallest safe cost, two at a time on a machine, no hint about who exists."""

import fcntl
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hub.errors import Busy

MEMORY_KIB = 19 * 1024
PASSES = 2
AT_ONCE = 2
WAIT_S = 5.0
POLL_S = 0.005  # a hash takes about 25 ms of a core


class Passwords:
    """Hashes and checks; all web processes of a data directory share two turns, 19 MiB each.

    The turns are locked files: when a process dies in the middle of one, the kernel gives it back. Two threads of its
    own do the work: in each of the web's sixteen the C library would keep a hash's 19 MiB.
    """

    def __init__(self, directory: Path) -> None:
        self._hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1)
        self._threads = ThreadPoolExecutor(AT_ONCE, "hashing")
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._turns = [directory / f".hashing.{number}" for number in range(AT_ONCE)]
        self._nobody = self._hasher.hash("nobody has this password")

    def hashed(self, password: str) -> str:
        """The encoded hash of a new password; Busy when the queue is too long."""
        with self._turn():
            return self._threads.submit(self._hasher.hash, password).result()

    def matches(self, encoded: str | None, password: str) -> bool:
        """Whether a password is the one behind a hash; None (no such user) takes just as long and is never true."""
        with self._turn():
            try:
                verified = self._threads.submit(self._hasher.verify, encoded or self._nobody, password)
                return verified.result() and encoded is not None
            except (VerificationError, InvalidHashError):
                return False

    @contextmanager
    def _turn(self) -> Iterator[None]:
        until = time.monotonic() + WAIT_S
        while (held := self._taken()) is None:
            if time.monotonic() > until:
                raise Busy("too many logins at once; try again in a few seconds")
            time.sleep(POLL_S)
        try:
            yield
        finally:
            os.close(held)

    def _taken(self) -> int | None:
        """A descriptor that holds a free turn, None when all are taken."""
        for path in self._turns:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with suppress(BlockingIOError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return descriptor
            os.close(descriptor)
        return None
