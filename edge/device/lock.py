"""One agent to a state directory: two would send each other's visits and fight for the cameras."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.errors import ConfigError


@contextmanager
def only_one(state_dir: Path) -> Iterator[None]:
    """Hold the state directory while the block runs; ConfigError when another process does or it cannot be used."""
    try:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.fdopen(os.open(state_dir / "lock", os.O_WRONLY | os.O_CREAT, 0o600), "w")
    except OSError as error:
        raise ConfigError(f"cannot use the state directory {state_dir}: {error.strerror}") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(f"another watchpost-edge is running with {state_dir}") from None
        yield
