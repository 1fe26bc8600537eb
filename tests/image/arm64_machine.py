"""A card in an arm64 machine that does not exist: QEMU boots the kernel that lies on it, with the card's own words."""

import os
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

from ports import free_port

FIRMWARE = "@@4M"
# An emulated machine beside other work is slower than any timeout of systemd's expects.
PATIENT = "systemd.default_device_timeout_sec=30min systemd.default_timeout_start_sec=30min"
OUTSIDE = "10.0.2.2"  # this machine, as QEMU's network shows it to the guest
SSH = ("-oStrictHostKeyChecking=no", "-oUserKnownHostsFile=/dev/null", "-oLogLevel=ERROR", "-oBatchMode=yes")


class Arm64Machine:
    """Runs until `stack` ends; what it prints is in `console.log` beside the card."""

    def __init__(self, card: Path, key: Path, stack: ExitStack) -> None:
        self._card, self._key, self._stack = card, key, stack
        self.console = card.with_name("console.log")
        self._port = free_port()
        for name in ("vmlinuz", "initrd.img"):
            inside = next(line for line in self._listing() if line.startswith(f"::/{name}-"))
            subprocess.run(["mcopy", "-o", "-i", f"{card}{FIRMWARE}", inside, card.with_name(name)], check=True)

    def _listing(self) -> list[str]:
        words = ["mdir", "-b", "-i", f"{self._card}{FIRMWARE}", "::"]
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()

    def on_card(self, name: str) -> str:
        """A file on the boot partition, as whoever puts the card into a computer reads it."""
        words = ["mtype", "-i", f"{self._card}{FIRMWARE}", f"::{name}"]
        return subprocess.run(words, check=False, capture_output=True, text=True).stdout

    def power_on(self) -> subprocess.Popen[bytes]:
        network = f"user,id=net,hostfwd=tcp:127.0.0.1:{self._port}-:22"
        machine = ["-M", "virt", "-cpu", "cortex-a72", "-smp", "2", "-m", "2048", "-nographic", "-no-reboot"]
        devices = ["-drive", f"if=none,id=card,format=raw,file={self._card}", "-device", "virtio-blk-device,drive=card"]
        devices += ["-netdev", network, "-device", "virtio-net-device,netdev=net", "-device", "virtio-rng-device"]
        kernel = ["-kernel", str(self._card.with_name("vmlinuz")), "-initrd", str(self._card.with_name("initrd.img"))]
        append = f"{self.on_card('cmdline.txt').strip()} {PATIENT}"
        words = ["qemu-system-aarch64", *machine, *devices, *kernel, "-append", append]
        with self.console.open("ab") as log:
            process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._stack.callback(process.wait, 20)
        self._stack.callback(process.terminate)
        return process

    def ssh(self, command: str, *, check: bool = True, data: bytes = b"") -> str:
        words = ["ssh", *SSH, "-i", str(self._key), "-p", str(self._port), "pi@127.0.0.1", command]
        done = subprocess.run(words, input=data, capture_output=True, check=False, timeout=300)
        if check and done.returncode:
            raise AssertionError(f"{command} -> {done.returncode}\n{done.stdout.decode()}\n{done.stderr.decode()}")
        return done.stdout.decode() if done.returncode == 0 else ""

    def wait_for_ssh(self, patience_s: float) -> float:
        """Seconds until somebody can log in."""
        began = time.monotonic()
        while self.ssh("echo here", check=False).strip() != "here":
            assert time.monotonic() - began < patience_s, self.console.read_text(errors="replace")[-3000:]
            time.sleep(2)
        return time.monotonic() - began


def sparse_copy(source: Path, target: Path, size: int) -> None:
    """A card of `size` bytes that begins like the image; what is empty takes no room."""
    subprocess.run(["cp", "--sparse=always", source, target], check=True)
    os.truncate(target, size)
