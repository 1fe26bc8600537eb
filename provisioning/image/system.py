"""What makes a bare Debian a device without a name: our files, the agent with its models, and a first boot by card."""

import shutil
from importlib.resources import files
from pathlib import Path

from provisioning.card.values import Package
from provisioning.errors import CardError
from provisioning.image.disk import ROOT, run

PLACES = {
    "fstab": "etc/fstab",
    "patience.conf": "etc/systemd/system.conf.d/10-watchpost-image.conf",
    "cloud.cfg": "etc/cloud/cloud.cfg.d/90-watchpost.cfg",
    "raspi-firmware": "etc/default/raspi-firmware-custom",
    "watchpost-readonly.service": "etc/systemd/system/watchpost-readonly.service",
    "apt-readonly.conf": "etc/apt/apt.conf.d/53watchpost-readonly",
    "apt-upgrades.conf": "etc/apt/apt.conf.d/52watchpost",
}
CONSOLES = "console=tty0 console=ttyAMA0,115200"
WHEELS = "var/tmp/wheels"
RELEASE = "opt/watchpost/releases/image"
ENABLED = ("watchpost-readonly.service", "ssh.service", "systemd-timesyncd.service")


def settle(root: Path, package: Package) -> str:
    """Make the system in `root` ours; the version of the agent that is in it."""
    for name, place in PLACES.items():
        _put(root / place, (files("provisioning") / "image" / "files" / name).read_text("utf-8"))
    (root / "etc/resolv.conf").unlink(missing_ok=True)
    (root / "etc/resolv.conf").symlink_to("/run/systemd/resolve/stub-resolv.conf")
    _boot(root / "boot" / "firmware")
    version = _agent(root, package)
    _put(root / "boot/firmware/watchpost/agent.txt", f"watchpost {version} is in this system\n")
    inside(root, "systemctl", "enable", "--quiet", *ENABLED)
    for key in (root / "etc/ssh").glob("ssh_host_*"):
        key.unlink()  # every machine makes its own
    _put(root / "etc/machine-id", "")
    return version


def _boot(firmware: Path) -> None:
    """The kernel's words: our root by its label, and a card that cloud-init looks at."""
    words = (firmware / "cmdline.txt").read_text().split()
    rest = " ".join(word for word in words if not word.startswith(("root=", "console=")))
    _put(firmware / "cmdline.txt", f"{CONSOLES} root=LABEL={ROOT} {rest}\n")
    _put(firmware / "user-data", "#cloud-config\n")
    _put(firmware / "meta-data", "instance-id: blank\n")


def _agent(root: Path, package: Package) -> str:
    script = root / "opt/watchpost/agent.sh"
    _put(script, (files("provisioning") / "card" / "files" / "agent.sh").read_text("utf-8"))
    wheels = root / WHEELS
    wheels.mkdir(parents=True, exist_ok=True)
    for wheel in package.wheels:
        shutil.copy(wheel, wheels)
    try:
        offline = "1" if package.offline else "0"
        settings = ("env", "WATCHPOST_COMPILE_LATER=1", "PYTHONDONTWRITEBYTECODE=1")
        words = (f"/{RELEASE}", package.requirement, offline, f"/{WHEELS}")
        inside(root, *settings, "sh", f"/{script.relative_to(root)}", *words)
    finally:
        shutil.rmtree(wheels)
    link = root / "opt/watchpost/venv"
    link.symlink_to(f"/{RELEASE}")
    return inside(root, f"/{RELEASE}/bin/watchpost-edge", "--version").split()[-1]


def inside(root: Path, *command: str) -> str:
    """Run something in that system; what it needs of a running one goes with it."""
    mounts = 'mount -t proc proc "$0/proc" && mount --bind /dev "$0/dev" && exec chroot "$0" "$@"'
    resolver = root / "etc/resolv.conf"
    if not (root / "usr/bin/dpkg").exists():
        raise CardError(f"{root} is not a Debian system")
    was = resolver.readlink() if resolver.is_symlink() else None
    if was is not None:
        resolver.unlink()
        shutil.copy("/etc/resolv.conf", resolver)
    try:
        return run("unshare", "--mount", "sh", "-c", mounts, str(root), *command)
    finally:
        if was is not None:
            resolver.unlink()
            resolver.symlink_to(was)


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
