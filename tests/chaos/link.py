"""Network cables between a hub and its devices that can be cut, slowed, and made to lose and reorder packets.

The kernel here has no netem, so each device's network namespace hangs on a TUN interface, and this process carries the
IP packets. Packets are lost, late and out of order for TCP to deal with: nothing is emulated above IP.

    python -m chaos.link NAMESPACE_PID...        (then one line of JSON per change: {"device": n, ...Weather})
"""

import fcntl
import heapq
import json
import os
import select
import struct
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from random import Random

HUB_ADDRESS = "10.77.0.1"
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
PACKET = 65536
MTU = 9000
"""Larger packets than a real line has, for each passes through Python."""
STDIN = 0


@dataclass(frozen=True, slots=True)
class Weather:
    """What happens to packets, in both directions: `loss` is a share, `jitter_s` on top of `delay_s` at random."""

    cut: bool = False
    loss: float = 0.0
    delay_s: float = 0.0
    jitter_s: float = 0.0


def device_address(number: int) -> str:
    """The address of device number 0, 1, ..."""
    return f"10.77.1.{number + 1}"


class Cables:
    """Owns all interfaces; one thread."""

    def __init__(self, namespaces: list[int]) -> None:
        self._random = Random()
        self._weather = [Weather() for _ in namespaces]
        self._hub = _interface("hub")
        self._ends = [_interface(f"device{number}") for number in range(len(namespaces))]
        self._late: list[tuple[float, int, int, bytes]] = []
        self._count = 0
        _ip("address", "add", f"{HUB_ADDRESS}/16", "dev", "hub")
        _ip("link", "set", "hub", "mtu", str(MTU), "up")
        for number, pid in enumerate(namespaces):
            _move(f"device{number}", device_address(number), pid)

    def run(self) -> None:
        """Carry packets and hear of the weather until standard input ends."""
        number_of = {end: number for number, end in enumerate(self._ends)}
        while True:
            wait_s = max(0.0, self._late[0][0] - time.monotonic()) if self._late else None
            readable, _, _ = select.select([STDIN, self._hub, *self._ends], [], [], wait_s)
            if STDIN in readable and not self._hear():
                return
            for end in readable:
                if end != STDIN:
                    self._take(end, number_of)
            while self._late and self._late[0][0] <= time.monotonic():
                _, _, end, packet = heapq.heappop(self._late)
                os.write(end, packet)

    def _hear(self) -> bool:
        lines = os.read(STDIN, PACKET).splitlines()
        for change in map(json.loads, lines):
            number = change.pop("device")
            self._weather[number] = Weather(**change)
        return bool(lines)

    def _take(self, end: int, number_of: dict[int, int]) -> None:
        packet = os.read(end, PACKET)
        if packet[0] >> 4 != 4:  # neighbours' IPv6 chatter
            return
        number = number_of[end] if end in number_of else packet[19] - 1
        if not 0 <= number < len(self._ends):
            return
        weather = self._weather[number]
        if weather.cut or self._random.random() < weather.loss:
            return
        to = self._hub if end in number_of else self._ends[number]
        late_s = weather.delay_s + weather.jitter_s * self._random.random()
        if late_s:
            self._count += 1
            heapq.heappush(self._late, (time.monotonic() + late_s, self._count, to, packet))
        else:
            os.write(to, packet)


class Line:
    """The process that carries, as the test sees it."""

    def __init__(self, namespaces: list[int]) -> None:
        command = [sys.executable, "-m", "chaos.link", *map(str, namespaces)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def set(self, device: int, weather: Weather) -> None:
        """From now on."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"device": device, **asdict(weather)}) + "\n")


def _interface(name: str) -> int:
    end = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return end


def _move(name: str, address: str, pid: int) -> None:
    _ip("link", "set", name, "mtu", str(MTU), "netns", str(pid))
    inside = ("nsenter", f"--net=/proc/{pid}/ns/net", "ip")
    for words in (
        ("address", "add", f"{address}/16", "dev", name),
        ("link", "set", name, "up"),
        ("link", "set", "lo", "up"),
    ):
        subprocess.run([*inside, *words], check=True)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


if __name__ == "__main__":
    cables = Cables([int(word) for word in sys.argv[1:]])
    print("ready", flush=True)
    cables.run()
