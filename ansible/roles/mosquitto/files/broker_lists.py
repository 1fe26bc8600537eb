"""Writes what the broker must know of the fleet: the revocation list and all rights, within seconds of a change.

Both files are replaced as a whole and are always there: a broker that reloads without a list would let everybody in.
"""

import os
import select
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from hub.fleet import enrolment
from hub.fleet.ca import CertificateAuthority
from hub.mqtt.rules import acl_file
from hub.settings import Settings
from hub.store import devices
from hub.store.db import open_database
from hub.store.listen import Listener
from hub.store.location import database_at
from hub.store.models import database
from hub.store.notify import DEVICE

AGAIN_S = 5.0
RENEW_S = 24 * 3600.0


def rights(revoked: list[str]) -> str:
    """The access list; a session that was up when its device was revoked has no rights any more."""
    denied = "".join(f"user {device_id}\ntopic deny #\n\n" for device_id in revoked)
    return denied + acl_file()


def write(path: Path, text: str) -> None:
    """Readable by the folder's group; a reader sees the old or the new list, never half of one."""
    draft = path.with_name(f".{path.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
    with os.fdopen(descriptor, "w") as file:
        os.fchmod(descriptor, 0o640)
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    draft.replace(path)


def run(url: str, authority: CertificateAuthority, folder: Path) -> None:
    """Forever: after each notice, and every few seconds in case one was missed, compare and write."""
    written: tuple[object, ...] = ()
    with Listener(url, [DEVICE]) as listener:
        while True:
            with database.connection_context():
                revoked = sorted(device.id for device in devices.listing(None) if device.state == enrolment.REVOKED)
                crl = enrolment.crl_pem(authority)
                serials = sorted(devices.revoked_certificates(datetime.now(UTC)))
            state = (revoked, serials, int(time.time() // RENEW_S))
            if state != written:
                write(folder / "crl.pem", crl)
                write(folder / "acl", rights(revoked))
                written = state
                sys.stdout.write(f"wrote the lists: {len(revoked)} devices revoked\n")
                sys.stdout.flush()
            select.select([listener], [], [], AGAIN_S)
            listener.take()


def main() -> None:
    settings = Settings.from_env(os.environ)
    with database_at(settings) as url:
        open_database(url, pool=2, program="watchpost broker lists")
        run(url, CertificateAuthority.open(settings.secrets_dir), Path(sys.argv[1]))


if __name__ == "__main__":
    main()
