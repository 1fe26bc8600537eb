"""Puts contents on a boot partition, whole or not at all: whatever fails, the card is as it was before."""

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from provisioning.card.boot import Boot, staged
from provisioning.card.contents import FOLDER, Contents, FirstBoot
from provisioning.errors import CardError

RESERVE = 1024 * 1024
STALE = (f"{FOLDER}/token", f"{FOLDER}/log.txt", f"{FOLDER}/hub-ca.pem")


def first_boot_of(boot: Boot) -> FirstBoot:
    """How this card's system sets itself up; CardError when it holds no Raspberry Pi system."""
    cmdline_of(boot)
    return "cloud-init" if boot.read("user-data") is not None else "firstrun"


def cmdline_of(boot: Boot) -> str:
    """The card's kernel command line; CardError when it is not a Raspberry Pi's boot partition."""
    line = boot.read("cmdline.txt")
    if line is None or boot.read("config.txt") is None:
        raise CardError(f"{boot.name} is not a Raspberry Pi boot partition: it has no cmdline.txt and config.txt")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        raise CardError(f"{boot.name}/cmdline.txt is damaged: it is no text") from None


def has_agent(boot: Boot) -> bool:
    """Whether the system on the card brings the agent along, as an image of ours does."""
    return boot.read(f"{FOLDER}/agent.txt") is not None


def prepared_for(boot: Boot) -> str | None:
    """The name that the card was prepared for before, if it was."""
    found = re.search(rb"^WATCHPOST_NAME=([a-z0-9-]+)$", boot.read(f"{FOLDER}/card.env") or b"", re.MULTILINE)
    return found[1].decode() if found else None


def write(boot: Boot, contents: Contents) -> None:
    """Writes every file; CardError after putting everything back."""
    need, have = contents.size() + RESERVE, boot.free()
    if need > have:
        raise CardError(f"{boot.name} is full: {_mb(need)} MB are needed, {_mb(have)} MB are free")
    paths = [*contents.copies, *contents.texts]
    # cmdline.txt last: until it is there, the card still boots as it did.
    paths.sort(key=lambda path: path == "cmdline.txt")
    before = {path: boot.read(path) for path in dict.fromkeys([*STALE, *paths])}
    with tempfile.TemporaryDirectory(prefix="watchpost-card-") as scratch:
        try:
            for path in STALE:
                if path not in contents.texts:
                    boot.remove(path)
            for path in paths:
                boot.write(path, contents.copies.get(path) or staged(contents.texts[path], Path(scratch)))
        except (CardError, OSError, KeyboardInterrupt) as error:
            _put_back(boot, before, Path(scratch))
            raise error if not isinstance(error, OSError) else CardError(f"{boot.name}: {error.strerror}") from None


def _put_back(boot: Boot, before: Mapping[str, bytes | None], scratch: Path) -> None:
    for path, data in before.items():
        if data is None:
            boot.remove(path)
    for path, data in before.items():
        if data is not None:
            boot.write(path, staged(data, scratch))


def _mb(count: int) -> str:
    return f"{count / 1e6:.1f}"
