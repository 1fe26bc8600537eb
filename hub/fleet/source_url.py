"""Camera addresses: checked, masked for showing, and put together again when a masked one comes back. Pure."""

import re
from urllib.parse import SplitResult, urlsplit

from edge.wire.addresses import IN_PATH
from hub.errors import Invalid

HIDDEN = "***"
ADDRESS = re.compile(r"rtsps?://\S+")
SECOND_URL = r"^(rtsps?://[^\s\x00-\x1f\x7f]+|picamera://[0-9]{1,2}/lores(\?[a-z0-9=&]{1,40})?)?$"


def check(url: str, field: str = "body.source_url") -> None:
    """Invalid when an rtsp address has no sound host and port; the API's pattern has seen to everything else."""
    if not url.startswith("rtsp"):
        return
    parts = _split(url, field)
    if not parts.hostname:
        raise Invalid.field(field, "no host")
    if parts.fragment:
        raise Invalid.field(field, "write # in a password as %23")


def check_settings_url(url: str) -> None:
    """Invalid unless it is a camera's second, smaller stream: an rtsp address, or a Raspberry Pi camera's own."""
    field = "body.settings.detect_url"
    if not re.fullmatch(SECOND_URL, url):
        raise Invalid.field(field, "expected rtsp://, rtsps:// or picamera://0/lores")
    check(url, field)


def masked(url: str) -> str:
    """The address without its secrets: `rtsp://***:***@host/path?***`.

    Cameras take passwords in the query, too, and in the path: `/user=***&password=***&channel=1`.
    """
    scheme, _, rest = url.partition("://")
    if not scheme.startswith("rtsp"):
        return url
    authority, slash, path = rest.partition("/")
    userinfo, at, host = authority.rpartition("@")
    place, question, query = f"{host}{slash}{path}".partition("?")
    shown = (f"{HIDDEN}:{HIDDEN}" if ":" in userinfo else HIDDEN) if at else ""
    return f"{scheme}://{shown}{at}{IN_PATH.sub(_hidden, place)}{question}{HIDDEN if query else ''}"


def without_secrets(text: str) -> str:
    """A text of a device for people, with every camera address in it masked: devices mask, but they are not us."""
    return ADDRESS.sub(lambda found: masked(found[0]), text)


def unmasked(given: str, kept: str, field: str = "body.source_url") -> str:
    """An address that may carry masks, with the secrets of the one that is kept.

    Only for the same host and port: otherwise a changed host would be sent somebody else's password.
    """
    if HIDDEN not in given:
        return given
    if given == masked(kept):
        return kept
    new, old = _split(given, field), _split(kept, field)
    userinfo, at, host = new.netloc.rpartition("@")
    old_userinfo, old_at, old_host = old.netloc.rpartition("@")
    if host != old_host or not set(new.scheme) <= set("rtsp"):
        raise Invalid.field(field, "the credentials are hidden; type them again to change the host")
    if HIDDEN in userinfo:
        userinfo, at = old_userinfo, old_at
    query = old.query if new.query == HIDDEN else new.query
    path = _path_unmasked(new.path, old.path)
    merged = new._replace(netloc=f"{userinfo}{at}{host}", path=path, query=query).geturl()
    if HIDDEN in merged:
        raise Invalid.field(field, "contains ***; type the real value")
    return merged


def _hidden(found: re.Match[str]) -> str:
    return f"{found[1]}{HIDDEN}"


def _path_unmasked(given: str, kept: str) -> str:
    """A path with each masked value as the kept path has it under the same name."""
    values = {found[1].lower(): found[2] for found in IN_PATH.finditer(kept)}

    def whole(found: re.Match[str]) -> str:
        return found[1] + (values.get(found[1].lower(), HIDDEN) if found[2] == HIDDEN else found[2])

    return IN_PATH.sub(whole, given)


def _split(url: str, field: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        if parts.port == 0:
            raise ValueError("port 0")
    except ValueError as error:
        raise Invalid.field(field, f"not a URL: {error}") from None
    return parts
