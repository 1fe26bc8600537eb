"""Who may look: one password by HTTP Basic (RFC 7617), compared in constant time, with a limit on wrong tries."""

import base64
import binascii
import hmac
import threading
from collections import deque

from edge.clock import Clock

USER = "watchpost"
TRIES = 10
WITHIN_S = 60.0


class Door:
    """Counts wrong passwords over all visitors: after `TRIES` in a minute it stays shut until they are that old."""

    def __init__(self, password: str, clock: Clock) -> None:
        self._wanted = f"{USER}:{password}".encode()
        self._clock = clock
        self._lock = threading.Lock()
        self._wrong_s: deque[float] = deque(maxlen=TRIES)

    @property
    def shut(self) -> bool:
        """Whether too many wrong passwords came lately; then not even the right one is looked at."""
        with self._lock:
            return len(self._wrong_s) == TRIES and self._clock.monotonic() - self._wrong_s[0] < WITHIN_S

    def opens(self, authorization: str) -> bool:
        """Whether this header has the password; a wrong one is counted, none at all is not."""
        scheme, _, coded = authorization.partition(" ")
        if not coded:
            return False
        right = scheme.lower() == "basic" and hmac.compare_digest(_decoded(coded), self._wanted)
        if not right:
            with self._lock:
                self._wrong_s.append(self._clock.monotonic())
        return right


def _decoded(coded: str) -> bytes:
    try:
        return base64.b64decode(coded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""
