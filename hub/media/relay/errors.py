"""Expected trouble inside the relay; each text is one line for the peer or the log."""


class RelayError(Exception):
    """The base of everything expected."""


class RtpError(RelayError):
    """Bytes that are not an RTP packet."""


class SdpError(RelayError):
    """A session description without a usable H.264 track."""


class RtspError(RelayError):
    """A peer that does not speak RTSP; the connection is closed."""


class OfferError(RelayError):
    """A WebRTC offer that cannot be answered."""


class NotPublishedError(RelayError):
    """Nobody publishes this path."""


class StreamEndedError(RelayError):
    """The publisher is gone, or the reader was sent away."""


class RelayFullError(RelayError):
    """As many connections as the relay serves at once."""
