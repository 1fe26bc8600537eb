"""What went wrong with a camera or a media server, in words that a person understands; never with credentials."""

import errno
import socket

TEXTS = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "the other side closed the connection",
    errno.EPIPE: "the other side closed the connection",
    errno.ECONNABORTED: "the other side closed the connection",
    errno.EHOSTUNREACH: "no route to the host",
    errno.ENETUNREACH: "no route to the network",
    errno.ETIMEDOUT: "no answer",
    errno.ENOENT: "not found",
    errno.EACCES: "permission denied",
    errno.EISDIR: "is a directory, not a video",
    errno.EIO: "read error",
    errno.ENODEV: "no such device",
    errno.EBUSY: "used by another program",
    errno.ENOMEM: "not enough memory",
}
KINDS = {
    "HTTPUnauthorizedError": "wrong password",
    "HTTPForbiddenError": "access forbidden",
    "HTTPNotFoundError": "not found: the host answers, but has no such stream",
    "HTTPBadRequestError": "the other side does not understand the request",
    "HTTPTooManyRequestsError": "the other side is refusing more connections",
    "HTTPOtherClientError": "the other side refuses the request",
    "HTTPServerError": "the other side has an internal error",
    "ExitError": "no answer",
    "EOFError": "the other side closed the connection",
    "InvalidDataError": "not a video, or damaged",
    "DemuxerNotFoundError": "not a video that can be read",
    "DecoderNotFoundError": "a video format that this device cannot decode",
    "ProtocolNotFoundError": "this kind of address is not supported",
    "PatchWelcomeError": "a video format that this device cannot decode",
    "MemoryError": "not enough memory",
    "UnicodeError": "not a name that can be looked up",
    "UnicodeEncodeError": "not a name that can be looked up",
}


def reason_of(error: BaseException) -> str:
    """One short line for an error of FFmpeg or the system; its own text may hold a URL and is never shown."""
    named = KINDS.get(type(error).__name__)
    if named is not None:
        return named
    if isinstance(error, socket.gaierror):
        return "host name not found"
    if isinstance(error, TimeoutError):
        return TEXTS[errno.ETIMEDOUT]
    number = getattr(error, "errno", None)
    return TEXTS.get(number or 0, f"failed ({getattr(error, 'strerror', None) or type(error).__name__})")
