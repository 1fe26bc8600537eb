"""Expected trouble on the device: typed errors whose text is one line for a person; all else ends the process."""


class WatchpostError(Exception):
    """The base of everything expected."""


class ConfigError(WatchpostError):
    """The configuration has problems; the text lists every one, a line each."""


class ModelError(WatchpostError):
    """A detection model is missing, damaged or does not load."""


class CameraError(WatchpostError):
    """A camera cannot be opened or has stopped giving pictures; the text is the reason shown to people."""


class PublishError(WatchpostError):
    """The media server refused or dropped the stream."""


class IdentityError(WatchpostError):
    """What makes this device the hub's own is missing or damaged."""


class EnrollError(WatchpostError):
    """The hub did not enrol this device."""
