"""Expected trouble with what is kept on disk; the text of each is one line for a person."""


class StoreError(Exception):
    """The base of the store's expected errors."""


class PostgresError(StoreError):
    """The embedded PostgreSQL cannot be made, started or reached."""
