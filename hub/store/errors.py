"""Expected trouble with what is kept on disk; the text of each is one line for a person."""

from hub.errors import HubError


class StoreError(HubError):
    """The base of the store's expected errors."""


class PostgresError(StoreError):
    """The embedded PostgreSQL cannot be made, started or reached."""


class Unreachable(StoreError):
    """The database does not answer just now."""


class MigrationError(StoreError):
    """The database's structure cannot be brought, or is not, where this program needs it."""


class NoShadow(MigrationError):
    """The check needs to create a database beside the live one, and may not."""


class PictureError(StoreError):
    """A picture is not, or no longer, where its row says, or is damaged."""


class PictureOutOfReach(PictureError):
    """A picture cannot be read just now; that says nothing of whether it is there."""


def first_line(error: BaseException) -> str:
    """What PostgreSQL complains of, without the lines that explain it."""
    return str(error).strip().partition("\n")[0]
