"""A connection taken out of gunicorn's hands for good, so that no thread of its pool waits for it."""

import socket
from typing import Any

from hub.errors import Busy


def detached(environ: dict[str, Any]) -> socket.socket:
    """The client's socket, ours from now on; gunicorn is left with one that leads nowhere, to answer and close."""
    theirs = environ.get("gunicorn.socket")
    if not isinstance(theirs, socket.socket):
        raise Busy("the live feed needs gunicorn")
    ours = socket.socket(fileno=theirs.detach())
    near, far = socket.socketpair()
    far.close()
    theirs.__init__(near.family, near.type, near.proto, near.detach())  # type: ignore[misc]
    return ours
