"""What the broker must know of the fleet: the list of revoked certificates and everybody's rights, as two files.

Both are replaced as a whole and are always there, for a broker that reloads without its list lets everybody in, and one
whose list has expired lets nobody in.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from hub.fleet.ca import CertificateAuthority, Revoked
from hub.mqtt.rules import acl_file
from hub.store import devices

CRL, ACL = "crl.pem", "acl"
MODE = 0o640  # readable by the folder's group, which is the broker's


@dataclass(frozen=True, slots=True)
class Lists:
    """Who is out: devices, which may nothing any more, and certificates, which open no session any more."""

    devices: frozenset[str]
    certificates: frozenset[Revoked]


def present(now: datetime) -> Lists:
    """The lists as the database has them."""
    revoked = (Revoked(int(serial, 16), at, device_id) for serial, at, device_id in devices.revoked_certificates(now))
    return Lists(frozenset(devices.revoked_ids()), frozenset(revoked))


def write(folder: Path, lists: Lists, authority: CertificateAuthority, also: Iterable[Revoked] = ()) -> None:
    """Both files, the rights last: whoever watches for a change of theirs finds the other in place."""
    _replace(folder / CRL, authority.crl_pem([*lists.certificates, *also]))
    _replace(folder / ACL, acl_file(lists.devices))


def write_missing(folder: Path, authority: CertificateAuthority) -> None:
    """Something to start a broker with: lists of last time stay, for they are nearer to the truth than empty ones."""
    if not all((folder / name).exists() for name in (CRL, ACL)):
        write(folder, Lists(frozenset(), frozenset()), authority)


def refused_by(folder: Path, authority: CertificateAuthority) -> frozenset[int] | None:
    """The serial numbers in a list that the broker can use; None if it is missing, foreign, damaged or has expired."""
    try:
        crl = x509.load_pem_x509_crl((folder / CRL).read_bytes())
    except (OSError, ValueError):
        return None
    ends = crl.next_update_utc
    if not authority.signed(crl) or ends is None or ends < datetime.now(UTC):
        return None
    return frozenset(item.serial_number for item in crl)


def in_place(folder: Path, lists: Lists, refused: frozenset[int], authority: CertificateAuthority) -> bool:
    """Whether both files are there and say this, with exactly these certificates refused."""
    try:
        rights = (folder / ACL).read_text()
    except (OSError, UnicodeDecodeError):
        return False
    return rights == acl_file(lists.devices) and refused_by(folder, authority) == refused


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, MODE)
    with os.fdopen(descriptor, "w") as file:
        os.fchmod(descriptor, MODE)
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    draft.replace(path)
