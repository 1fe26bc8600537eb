"""The one error of the wire: a message that is not what the contract says."""


class WireError(ValueError):
    """A message or topic breaks the contract; `field` names where, `reason` says what is wrong."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
