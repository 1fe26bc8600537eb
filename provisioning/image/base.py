"""The Debian system below everything else, as the command that makes it, in half an hour of emulation; pure."""

from dataclasses import dataclass
from pathlib import Path

MACHINE = (
    "systemd,systemd-sysv,systemd-timesyncd,systemd-resolved,dbus,libpam-systemd,udev,procps,kmod,tzdata,ca-certificates,"
    "netbase,iproute2,curl,openssh-server,sudo,e2fsprogs,dosfstools,initramfs-tools,zstd,unattended-upgrades,python3-apt"
)
FIRST_BOOT = "cloud-init,cloud-guest-utils,netplan.io,wpasupplicant,wireless-regdb"
BOARD = "linux-image-arm64,raspi-firmware,firmware-brcm80211"  # a Raspberry Pi, and any arm64 virtual machine
AGENT = "python3,python3-venv"
ESSENTIAL = (
    'mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/boot/firmware"; '
    'printf "COMPRESS=zstd\\nCOMPRESSLEVEL=1\\n" >"$1/etc/initramfs-tools/conf.d/watchpost"'
)
DPKG = (
    "path-exclude=/usr/share/man/*",
    "path-exclude=/usr/share/locale/*",
    "path-exclude=/usr/share/doc/*",
    "path-include=/usr/share/doc/*/copyright",
)


@dataclass(frozen=True, slots=True)
class Base:
    """Which Debian; `mirror` empty for the one that mmdebstrap knows."""

    suite: str = "trixie"
    mirror: str = ""


def base_command(base: Base, tarball: Path) -> list[str]:
    """mmdebstrap's words."""
    words = ["mmdebstrap", "--mode=root", "--architectures=arm64", "--variant=minbase"]
    words += ["--components=main non-free-firmware"]
    words += [f"--include={names}" for names in (MACHINE, FIRST_BOOT, BOARD, AGENT)]
    words += ['--aptopt=Apt::Install-Recommends "false"', '--aptopt=Acquire::Languages "none"']
    words += [f"--dpkgopt={option}" for option in DPKG]
    return [*words, f"--essential-hook={ESSENTIAL}", base.suite, str(tarball), *([base.mirror] if base.mirror else [])]
