"""Expected trouble around media at the hub."""

from hub.errors import HubError


class BadTokenError(HubError):
    """A media token that proves nothing; the text says why, never what was in it."""


class MediaServerError(HubError):
    """The media server does not start, or its API does not answer as it should."""
