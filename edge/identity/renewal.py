"""A new key and certificate in the last third of the old one's life, asked for with the old key; switched to whole.

The hub gives the same answer to the same request, and the old certificate is good until it ends: a power cut, a lost
answer or a hub that is away for weeks costs nothing.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from edge import worker
from edge.clock import Clock
from edge.errors import EnrollError, WatchpostError
from edge.identity import identity, kept_request
from edge.identity.enrolment import Pending, understood
from edge.identity.hub_client import NOT_OURS, Hub
from edge.identity.identity import Identity

log = logging.getLogger(__name__)

FOLDER = "renewal"
MOST_S, LEAST_S = 3600.0, 0.5
LOOKS = 100


@contextmanager
def renewing(hub: Hub, state_dir: Path, clock: Clock, renewed: Callable[[], None]) -> Iterator[None]:
    """Keep the certificate of an enrolled device young while the block runs; a device without one needs nothing."""
    if identity.load(state_dir) is None:
        yield
        return
    renewal = Renewal(hub, state_dir, clock, renewed)
    renewal.start()
    try:
        yield
    finally:
        renewal.stop()


class Renewal:
    """Looks a hundred times in a certificate's life, at most hourly, on its own thread; `renewed` is called on it."""

    def __init__(self, hub: Hub, state_dir: Path, clock: Clock, renewed: Callable[[], None]) -> None:
        self._hub = hub
        self._state_dir = state_dir
        self._clock = clock
        self._renewed = renewed
        self._wait_s = MOST_S
        self._stopping = Event()
        self._trouble = ""

    def start(self) -> None:
        """Start the thread."""
        worker.start("renewal", self._run)

    def stop(self) -> None:
        """Ask no more; an answer that is on its way is not waited for."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.wait(self._look()):
            pass

    def _look(self) -> float:
        """Renew if it is time; how many seconds to wait before the next look."""
        try:
            known = identity.load(self._state_dir)
            if known is None:
                return MOST_S
            self._wait_s = min(MOST_S, max(LEAST_S, known.life_s / LOOKS))
            if self._clock.wall() >= known.renew_at.timestamp():
                self._renew(known)
            self._trouble = ""
        except WatchpostError as error:
            if str(error) != self._trouble:
                log.warning("the certificate cannot be renewed: %s", error)
            self._trouble = str(error)
        return self._wait_s

    def _renew(self, known: Identity) -> None:
        fresh = renew(self._hub, known, self._state_dir)
        log.info("a new certificate, good until %s", fresh.ends_at.isoformat(timespec="seconds"))
        self._renewed()


def renew(hub: Hub, known: Identity, state_dir: Path) -> Identity:
    """Ask once, and switch to what was given; EnrollError when the hub refuses or is away: then all is as it was."""
    device_id = known.facts.device_id
    request = kept_request.kept_request(state_dir / FOLDER, device_id)
    proof = known.renewal_proof(request.csr_pem)
    body = {"device_id": device_id, "csr_pem": request.csr_pem.decode(), "proof": proof}
    granted = understood(hub, *hub.post("/api/enroll/renew", body))
    if isinstance(granted, Pending):
        raise EnrollError(f"{hub.url} {NOT_OURS}")
    try:
        kept = identity.keep(state_dir, request.key_pem, granted)
    except OSError as error:
        raise EnrollError(f"cannot write {error.filename or state_dir}: {error.strerror}") from None
    kept_request.forget(state_dir / FOLDER)
    return kept
