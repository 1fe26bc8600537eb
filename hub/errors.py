"""Expected trouble at the hub: typed errors whose text is one line for a person; all else ends the process."""


class HubError(Exception):
    """The base of everything expected."""


class SettingsError(HubError):
    """The settings have problems; `problems` holds every one, a line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class SecretError(HubError):
    """A secret file cannot be used, or something sealed cannot be opened with the keys at hand."""


class PortTaken(HubError):
    """The address to listen on is in use or not ours."""


class Rejected(HubError):
    """A request that cannot be done; becomes an RFC 9457 answer with this status. `errors`: (field, what) pairs."""

    status = 400

    def __init__(self, detail: str, *errors: tuple[str, str]) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors


class Malformed(Rejected):
    """The request cannot even be read."""


class Invalid(Rejected):
    """Values that read well but are refused."""

    status = 422

    @classmethod
    def field(cls, name: str, reason: str) -> "Invalid":
        """One field, e.g. `body.source_url`, and what is wrong with it."""
        return cls(f"{name}: {reason}", (name, reason))


class Unauthenticated(Rejected):
    """No proof of who asks, or one that is wrong or no longer good."""

    status = 401


class Forbidden(Rejected):
    """Who asks may not."""

    status = 403


class NotFound(Rejected):
    """No such thing, or none that this user may see."""

    status = 404


class Conflict(Rejected):
    """It does not fit the present state."""

    status = 409


class WrongMediaType(Rejected):
    """The body is not JSON."""

    status = 415


class TooMany(Rejected):
    """Asked too often; `retry_after_s` says when to come back."""

    status = 429

    def __init__(self, detail: str, retry_after_s: int) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class Busy(Rejected):
    """Right now there is no capacity or no database; trying again later may help."""

    status = 503
