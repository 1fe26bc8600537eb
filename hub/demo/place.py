"""The demo's place on this machine: one demo per data directory, its port, its log-in."""

import fcntl
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.errors import HubError


@contextmanager
def only_one(data_dir: Path) -> Iterator[None]:
    """Hold the data directory; HubError if another demo does."""
    with (data_dir / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HubError(f"another demo runs in {data_dir}; choose another --data-dir") from None
        yield


def check_port(port: int) -> None:
    """HubError if something listens on that port of 127.0.0.1 already, or we may not."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            reason = error.strerror or "not to be had"
            raise HubError(f"port {port} on 127.0.0.1: {reason.lower()}; choose another with --port") from None


def kept_password(data_dir: Path) -> str:
    """The password of the demo's account: generated once, kept in a file that only its owner reads."""
    path = data_dir / "demo-password"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(12))
    return path.read_text()
