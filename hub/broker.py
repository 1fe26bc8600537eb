"""A broker on loopback for the demo and for tests: mosquitto if it is there, else the embedded one; the same rules.

Either way only clients with a certificate of the hub's authority get in, and their common name is who they are.
"""

import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from hub.errors import HubError
from hub.fleet import broker_lists
from hub.fleet.ca import CertificateAuthority
from hub.secrets import replaced
from hub.store.cluster import free_port, prefix

Kind = Literal["mosquitto", "embedded"]
HOST = "127.0.0.1"
READY_S = 10.0
STOP_S = 3.0
# Queues are bounded, for what a full one loses a device sends again until the hub itself has answered.
MOSQUITTO = """\
per_listener_settings true
listener {port} {host}
cafile {home}/ca.pem
certfile {home}/server.pem
keyfile {home}/server.key
require_certificate true
use_identity_as_username true
use_username_as_clientid true
allow_anonymous false
crlfile {home}/crl.pem
acl_file {home}/acl
pid_file {home}/pid
persistence true
persistence_location {home}/
autosave_interval 60
max_inflight_messages 200
max_queued_messages 2000
max_packet_size 5242880
set_tcp_nodelay true
connection_messages false
log_dest stderr
log_type error
log_type warning
"""


class BrokerError(HubError):
    """The broker does not start."""


@dataclass(frozen=True, slots=True)
class BrokerPlan:
    """How to run a broker, and where it will be found: whoever keeps processes can run it."""

    name: Kind
    command: tuple[str, ...]
    url: str
    port: int
    home: Path

    @property
    def guard(self) -> tuple[str, ...]:
        """The command that keeps its lists of who is revoked (see `hub.fleet.broker_guard`), without the settings."""
        return (_program(), "guard", str(self.home), "--broker-pid", str(self.home / "pid"))


@dataclass(frozen=True, slots=True)
class Broker:
    """A running broker; `url` is mqtts://, for clients with a certificate."""

    name: Kind
    url: str
    process: subprocess.Popen[bytes] = field(repr=False)

    def stop(self) -> None:
        """End it, by force if it takes too long."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def plan_broker(
    data_dir: Path, authority: CertificateAuthority, *, port: int = 0, prefer: Kind | None = None, more: str = ""
) -> BrokerPlan:
    """Choose and configure a broker that keeps its files in `<data_dir>/broker`.

    `port` 0 is the one of last time, or a free one. `prefer` None is mosquitto if it can be found. `more`: further
    lines of mosquitto's configuration. Raises BrokerError.
    """
    home = data_dir.resolve() / "broker"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    port = port or free_port(home / "port")
    replaced(home / "port", str(port).encode())
    _write_identity(home, authority)
    name, command = _command(home, port, prefer, more)
    return BrokerPlan(name, (*prefix("TERM"), *command), f"mqtts://{HOST}:{port}", port, home)


def start_broker(
    data_dir: Path, authority: CertificateAuthority, *, port: int = 0, prefer: Kind | None = None, more: str = ""
) -> Broker:
    """Start a planned broker (see `plan_broker`); it listens when this returns, and ends with the thread that asked."""
    plan = plan_broker(data_dir, authority, port=port, prefer=prefer, more=more)
    log_path = data_dir.resolve() / "broker" / "log"
    with log_path.open("ab") as log:
        process = subprocess.Popen(
            plan.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    broker = Broker(plan.name, plan.url, process)
    _await_ready(broker, plan.port, log_path)
    return broker


def _write_identity(home: Path, authority: CertificateAuthority) -> None:
    issued = authority.issue_server_certificate(["localhost"], [HOST])
    replaced(home / "ca.pem", authority.ca_pem.encode())
    replaced(home / "server.pem", issued.certificate_pem.encode())
    replaced(home / "server.key", issued.key_pem.encode())
    broker_lists.write_missing(home, authority)


def _program() -> str:
    return str(Path(sys.executable).with_name("watchpost-hub"))


def _command(home: Path, port: int, prefer: Kind | None, more: str) -> tuple[Kind, list[str]]:
    mosquitto = shutil.which("mosquitto")
    if prefer == "embedded" or (prefer is None and mosquitto is None):
        files = ["--certificate", f"{home}/server.pem", "--key", f"{home}/server.key", "--authority", f"{home}/ca.pem"]
        files += ["--crl", f"{home}/crl.pem", "--pid-file", f"{home}/pid"]
        return "embedded", [_program(), "broker", "--listen", f"{HOST}:{port}", *files]
    if mosquitto is None:
        raise BrokerError("mosquitto is not installed")
    (home / "mosquitto.conf").write_text(MOSQUITTO.format(port=port, host=HOST, home=home) + more)
    return "mosquitto", [mosquitto, "-c", str(home / "mosquitto.conf")]


def _await_ready(broker: Broker, port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and broker.process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(1.0)
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.01)
    broker.process.kill()
    broker.process.wait()
    last = log.read_text(errors="replace").strip().splitlines()[-1:]
    raise BrokerError(f"{broker.name} does not start: {' '.join(last) or 'no log'}")
