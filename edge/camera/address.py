"""The address of a camera as people type it: parsed once, safe to show, credentials made fit for FFmpeg."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from edge.errors import CameraError
from edge.wire.addresses import IN_PATH

PORTS = {"rtsp": 554, "rtsps": 322}
NETWORK = frozenset(PORTS)


@dataclass(frozen=True, slots=True)
class Address:
    """`url` may hold credentials and goes to FFmpeg alone; `shown` never does. `target`: a path, device or number."""

    scheme: str
    url: str = field(repr=False)
    shown: str
    host: str = ""
    port: int = 0
    target: str = ""


def parse(text: str) -> Address:
    """The address that a person typed, or CameraError. A bare path is a file."""
    text = text.strip()
    scheme, mark, rest = text.partition("://")
    scheme = scheme.lower()
    if not mark:
        return _file(text)
    if scheme in NETWORK:
        return _network(scheme, rest)
    if scheme == "file":
        return _file(unquote(rest.removeprefix("localhost")))
    if scheme in ("v4l2", "picamera"):
        return Address(scheme, text, text, target=rest or "0")
    raise CameraError(f"cannot open {scheme[:20]}:// (use rtsp, rtsps, file, v4l2 or picamera)")


def _file(path: str) -> Address:
    if not path or "\0" in path:
        raise CameraError("no file named")
    return Address("file", path, Path(path).name, target=path)


def _network(scheme: str, rest: str) -> Address:
    user, at, place = _split_user(rest)
    try:
        parts = urlsplit(f"{scheme}://{place}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or any(c.isspace() or ord(c) < 32 for c in place):
        raise CameraError("not a camera address: there is no host in it")
    path = IN_PATH.sub(r"\1***", parts.path)
    shown = f"{scheme}://{host}{f':{port}' if port else ''}{path}"
    return Address(scheme, f"{scheme}://{_escape_user(user)}{at}{place}", shown, host, port or PORTS[scheme])


def _split_user(rest: str) -> tuple[str, str, str]:
    """Credentials, "@" and the rest. A password may hold a raw "@", "/" or "#": then the last "@" ends it."""
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in authority:
        user, at, host = authority.rpartition("@")
        return user, at, host + rest[len(authority) :]
    if "@" in rest and not re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^:]*)(:\d*)?", authority):
        return rest.rpartition("@")
    return "", "", rest


def _escape_user(user: str) -> str:
    name, colon, password = user.partition(":")
    return _escape(name) + colon + _escape(password)


def _escape(text: str) -> str:
    """Percent-encoded, leaving what already is."""
    parts = re.split(r"(%[0-9a-fA-F]{2})", text)
    return "".join(part if i % 2 else quote(part, safe="") for i, part in enumerate(parts))
