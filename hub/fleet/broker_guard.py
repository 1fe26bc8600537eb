"""Keeps the broker's lists true: writes them when somebody is revoked, has them read, and tries the door afterwards.

With each writing it makes a key of its own and has its certificate revoked at once. Once the door refuses that one, the
broker has read the lists; while it lets another of ours in, they lock nobody out. A list that somebody removed, or that
the broker reads as empty, is noticed the same way and written anew.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from cryptography import x509

from hub.fleet import broker_lists
from hub.fleet.broker_door import Door, DoorUnreachable
from hub.fleet.broker_lists import Lists
from hub.fleet.ca import CertificateAuthority, Issued, Revoked

# No device has a dot in its name, so these take nobody's place.
CANARY, WELCOME = "hub.canary", "hub.guard"
CONFIRM_TURNS = 100
STANDING = timedelta(hours=1)  # what was revoked longer before our start than this has no session any more
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Way:
    """How the broker hears of new lists, how long to wait between tries, and its door; None: it cannot be tried."""

    reload: Callable[[], None]
    pause: Callable[[], object]
    door: Door | None


class Guard:
    """One broker's lists in one folder; `turn` from one thread."""

    def __init__(self, authority: CertificateAuthority, folder: Path, way: Way) -> None:
        self._authority = authority
        self._folder = folder
        self._way = way
        self._lists = Lists(frozenset(), frozenset())
        self._canary: Issued | None = None
        self._refused: frozenset[int] = frozenset()
        self._put_out = frozenset[Revoked]()
        self._began_at = datetime.now(UTC)
        self._confirmed = False
        self._unreachable = ""

    def turn(self, *, knock: bool) -> bool:
        """Compare and write; `knock` tries the door though nothing changed. Whether all is known to be right."""
        lists = broker_lists.present(datetime.now(UTC))
        intact = broker_lists.in_place(self._folder, lists, self._refused, self._authority)
        if self._canary is None or lists != self._lists or not intact:
            self._publish(lists)
        elif (knock or not self._confirmed) and not self._confirm(1) and knock and not self._unreachable:
            log.error("the broker does not keep to its lists; writing them anew")
            self._publish(lists)
        return self._confirmed

    def _publish(self, lists: Lists) -> None:
        self._canary, canary = self._new_canary()
        broker_lists.write(self._folder, lists, self._authority, [canary])
        self._lists = lists
        self._refused = frozenset(item.serial for item in [*lists.certificates, canary])
        log.info("wrote the broker's lists", devices=len(lists.devices), certificates=len(lists.certificates))
        self._way.reload()
        self._confirm(CONFIRM_TURNS)

    def _confirm(self, tries: int) -> bool:
        """Try the door until it refuses the canary and lets a friend in; then put out who is to be out."""
        self._confirmed = False
        if self._way.door is None or self._canary is None:
            return False
        try:
            for _ in range(tries):
                if self._is_right(self._way.door, self._canary):
                    self._confirmed = True
                    self._put_out_new(self._way.door)
                    break
                self._way.pause()
            self._unreachable = ""
        except DoorUnreachable as error:
            if str(error) != self._unreachable:
                log.info("the broker's door cannot be tried", reason=str(error))
            self._unreachable = str(error)
        return self._confirmed

    def _is_right(self, door: Door, canary: Issued) -> bool:
        welcome = self._authority.issue_client_certificate(WELCOME)
        return not door.lets_in(canary, CANARY) and door.lets_in(welcome, WELCOME)

    def _put_out_new(self, door: Door) -> None:
        """End the sessions of certificates revoked since the last time; a card flashed anew comes back by itself."""
        since = self._lists.certificates - self._put_out
        for device_id in sorted({item.device_id for item in since if item.at > self._began_at - STANDING}):
            door.put_out(device_id)
            log.info("a revoked session is out", device=device_id)
        self._put_out = self._lists.certificates

    def _new_canary(self) -> tuple[Issued, Revoked]:
        now = datetime.now(UTC)
        issued = self._authority.issue_client_certificate(CANARY, now)
        serial = x509.load_pem_x509_certificate(issued.certificate_pem.encode()).serial_number
        return issued, Revoked(serial, now)
