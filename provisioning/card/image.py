"""Where the boot partition lies in a card image: the MBR read by hand; pure but for reading its first sectors."""

import struct
from dataclasses import dataclass
from pathlib import Path

from provisioning.errors import CardError

SECTOR = 512
FAT_TYPES = frozenset({0x01, 0x04, 0x06, 0x0B, 0x0C, 0x0E})


@dataclass(frozen=True, slots=True)
class Partition:
    """Bytes from the start of the image."""

    offset: int
    length: int


def boot_partition(image: Path) -> Partition:
    """The first FAT partition of a card image; CardError when it is not one."""
    try:
        size = image.stat().st_size
        with image.open("rb") as file:
            mbr = file.read(SECTOR)
            partition = find_fat(mbr, str(image))
            file.seek(partition.offset)
            boot_sector = file.read(SECTOR)
    except OSError as error:
        raise CardError(f"{image} cannot be read: {error.strerror or error}") from None
    if partition.offset + partition.length > size:
        raise CardError(f"{image} is cut short: its boot partition ends after the file does")
    if boot_sector[510:512] != b"\x55\xaa" or boot_sector[0] not in (0xEB, 0xE9):
        raise CardError(f"{image} is not a card image: its boot partition holds no FAT file system")
    return partition


def find_fat(mbr: bytes, name: str) -> Partition:
    """The first FAT entry of a master boot record (UEFI specification, 5.2.1)."""
    if mbr[:6] in (b"\xfd7zXZ\x00", b"PK\x03\x04\x14\x00") or mbr[:2] == b"\x1f\x8b" or mbr[:4] == b"\x28\xb5\x2f\xfd":
        raise CardError(f"{name} is compressed; unpack it first")
    if len(mbr) < SECTOR or mbr[510:512] != b"\x55\xaa":
        raise CardError(f"{name} is not a card image: it has no partition table")
    for entry in range(446, 510, 16):
        kind = mbr[entry + 4]
        start, sectors = struct.unpack_from("<II", mbr, entry + 8)
        if kind in FAT_TYPES and start and sectors:
            return Partition(start * SECTOR, sectors * SECTOR)
    raise CardError(f"{name} is not a Raspberry Pi card image: it has no FAT boot partition")
