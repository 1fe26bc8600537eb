"""A key and its signing request, on disk before the hub hears of them, so that a lost answer can be asked for again."""

import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from edge.durable import write_file
from edge.errors import EnrollError
from edge.identity import identity

KEY, REQUEST = "key.pem", "request.pem"


@dataclass(frozen=True, slots=True)
class KeptRequest:
    """What waits for the hub's signature: PEM, the key for this device only."""

    key_pem: bytes = field(repr=False)
    csr_pem: bytes


def waits(folder: Path) -> bool:
    """Whether an earlier request has not been answered for good."""
    return (folder / REQUEST).exists()


def kept_request(folder: Path, name: str) -> KeptRequest:
    """The request that waits in `folder`, else a new one; EnrollError when it cannot be written."""
    with suppress(FileNotFoundError):
        return KeptRequest((folder / KEY).read_bytes(), (folder / REQUEST).read_bytes())
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key_pem = identity.new_key()
        csr_pem = identity.signing_request(key_pem, name)
        write_file(folder / KEY, key_pem)
        write_file(folder / REQUEST, csr_pem)
    except OSError as error:
        raise EnrollError(f"cannot write {folder}: {error.strerror}") from None
    return KeptRequest(key_pem, csr_pem)


def forget(folder: Path) -> None:
    """It was answered, or refused."""
    shutil.rmtree(folder, ignore_errors=True)
