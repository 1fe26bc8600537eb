"""Debian machines with systemd as PID 1, in a network of their own: systemd-nspawn in a network namespace.

Nothing of the host's network is touched: bridge, cables and addresses live in the namespace, which goes with its world.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from waiting import until

NETWORK = "10.77.0"
GATEWAY = f"{NETWORK}.1"
UP_S = 90.0
OPTIONS = [
    "-o",
    "StrictHostKeyChecking=no",
    "-o",
    "UserKnownHostsFile=/dev/null",
    "-o",
    "LogLevel=ERROR",
    "-o",
    "BatchMode=yes",
]


def run(*command: str | Path, check: bool = True, **options: object) -> "subprocess.CompletedProcess[str]":
    """A command with its output; its last words are in the exception if it fails."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    if check and done.returncode:
        raise AssertionError(
            f"{' '.join(map(str, command))} -> {done.returncode}\n{done.stdout[-6000:]}\n{done.stderr[-3000:]}"
        )
    return done  # type: ignore[no-any-return]


@dataclass
class World:
    """One network namespace with one bridge; `folder` holds the machines' roots and logs."""

    folder: Path
    name: str = field(default_factory=lambda: f"wp{os.getpid()}")
    machines: list["Machine"] = field(default_factory=list)

    def __enter__(self) -> "World":
        run("ip", "netns", "add", self.name)
        for words in (
            ["link", "set", "lo", "up"],
            ["link", "add", "br0", "type", "bridge"],
            ["addr", "add", f"{GATEWAY}/24", "dev", "br0"],
            ["link", "set", "br0", "up"],
        ):
            run("ip", "-n", self.name, *words)
        key = self.folder / "key"
        if not key.exists():
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
        return self

    def __exit__(self, *_: object) -> None:
        for machine in reversed(self.machines):
            machine.stop()
        run("ip", "netns", "del", self.name, check=False)

    @property
    def inside(self) -> list[str]:
        """What to put before a command to run it in this network."""
        return ["nsenter", f"--net=/run/netns/{self.name}", "--"]

    @property
    def public_key(self) -> str:
        return (self.folder / "key.pub").read_text().strip()

    def machine(self, name: str, number: int, tarball: Path) -> "Machine":
        """A machine that does not run yet, unpacked anew."""
        root = self.folder / name
        if root.exists():
            shutil.rmtree(root)
        root.mkdir(parents=True)
        run("tar", "-C", root, "-xf", tarball, "--numeric-owner", "--xattrs")
        made = Machine(self, name, f"{NETWORK}.{number}", root)
        made.dress()
        self.machines = [other for other in self.machines if other.name != name] + [made]
        return made


@dataclass
class Machine:
    """One machine; `user` logs in with the world's key."""

    world: World
    name: str
    address: str
    root: Path
    user: str = "root"
    process: "subprocess.Popen[bytes] | None" = None

    def dress(self) -> None:
        """What a network's DHCP and DNS would tell it."""
        network = self.root / "etc/systemd/network/10-host0.network"
        network.parent.mkdir(parents=True, exist_ok=True)
        network.write_text(
            f"[Match]\nName=host0\n[Network]\nAddress={self.address}/24\nGateway={GATEWAY}\nLinkLocalAddressing=no\n"
        )
        (self.root / "etc/hostname").write_text(f"{self.name}\n")
        (self.root / "etc/hosts").write_text(
            f"127.0.0.1 localhost\n127.0.1.1 {self.name}\n{NETWORK}.10 hub.fleet.test\n"
        )
        run("systemctl", f"--root={self.root}", "enable", "systemd-networkd.service")
        cloud = self.root / "etc/cloud/cloud.cfg.d/99-fleet.cfg"
        # The folder is the card's boot partition: what Raspberry Pi OS has in its image.
        cloud.write_text(
            "datasource_list: [NoCloud]\n"
            "datasource: {NoCloud: {seedfrom: 'file:///boot/firmware/'}}\n"
            "network: {config: disabled}\n"
        )

    def let_root_in(self) -> None:
        """A machine that no card sets up."""
        (self.root / "etc/cloud/cloud-init.disabled").touch()
        run("chroot", self.root, "ssh-keygen", "-A")
        folder = self.root / "root/.ssh"
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / "authorized_keys").write_text(self.world.public_key + "\n")

    def start(self, *words: str) -> float:
        """Power on; returns the moment. `words` are what a kernel's command line would say."""
        log = (self.world.folder / f"{self.name}.console").open("ab")
        command = [
            *self.world.inside,
            *("systemd-nspawn", "-q", "-D", str(self.root), "-M", f"{self.world.name}-{self.name}"),
            *("--register=no", "--keep-unit", "--private-network", "--network-bridge=br0", "--link-journal=no"),
            *("--resolv-conf=off", "--console=pipe", "-b", *words),
        ]
        environment = {**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
        )
        return time.monotonic()

    def stop(self) -> None:
        """An orderly power-off, else the plug."""
        if self.process is None or self.process.poll() is not None:
            return
        child = self._child()
        if child:
            # systemd powers a container off at SIGRTMIN+4.
            os.kill(child, signal.SIGRTMIN + 4)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None

    def _child(self) -> int | None:
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0]) if children else None

    def ssh(self, *words: str, check: bool = True, stdin: str | None = None) -> "subprocess.CompletedProcess[str]":
        """A command there, over SSH."""
        key = str(self.world.folder / "key")
        login = ["ssh", *OPTIONS, "-i", key, "-o", "ConnectTimeout=3", f"{self.user}@{self.address}"]
        return run(*self.world.inside, *login, *words, check=check, input=stdin)

    def wait_for_ssh(self) -> None:
        until(lambda: self.ssh("true", check=False).returncode == 0, f"SSH on {self.name}", UP_S, 0.5)


def playbook(world: World, tools: Sequence[str], inventory: Path, name: str, *words: str) -> str:
    """One run of a playbook over real SSH; its output, which ends with the recap."""
    ansible = Path(__file__).parents[2] / "ansible"
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(ansible / "ansible.cfg"),
        "ANSIBLE_HOST_KEY_CHECKING": "0",
        "NO_COLOR": "1",
    }
    done = run(
        *world.inside, *tools, "-i", inventory, ansible / name, *words, cwd=ansible, env=environment, check=False
    )
    (world.folder / f"ansible-{name}-{int(time.time())}.log").write_text(done.stdout + done.stderr)
    if done.returncode:
        raise AssertionError(f"{name} -> {done.returncode}\n{done.stdout[-5000:]}\n{done.stderr[-2000:]}")
    return done.stdout
