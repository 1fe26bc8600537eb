"""What a device must not take along to another hub: the former one's cameras, and visits meant for its eyes only."""

from contextlib import suppress
from pathlib import Path

from edge.alerts.database import SUFFIXES
from edge.device.desired_file import DesiredFile
from edge.durable import sync_folder
from edge.identity.identity import CA, LINK

OUTBOX, ASIDE = "outbox.db", "outbox-of-former-hub.db"


def authority_of(state_dir: Path) -> bytes:
    """The certificate of the authority that a device trusts, empty before enrolment: two hubs never share one."""
    with suppress(OSError):
        return (state_dir / LINK / CA).read_bytes()
    return b""


def leave(state_dir: Path, authority_before: bytes) -> bool:
    """After an enrolment: if the hub is another one now, set the former one's visits aside. Whether there were any."""
    if not authority_before or authority_of(state_dir) == authority_before:
        return False
    DesiredFile(state_dir).forget()
    had_visits = (state_dir / OUTBOX).exists()
    for suffix in SUFFIXES:
        with suppress(FileNotFoundError):
            (state_dir / f"{OUTBOX}{suffix}").replace(state_dir / f"{ASIDE}{suffix}")
    sync_folder(state_dir)
    return had_visits
