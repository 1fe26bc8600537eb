"""Where the viewfinder listens and what opens it; there is no default password, and without a bind it is off."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from edge.toml_tables import Doubt

LEAST_PASSWORD = 8


@dataclass(frozen=True, slots=True)
class ViewfinderConfig:
    """`bind` is host:port, on loopback or the local network by choice; the user name is always `watchpost`."""

    bind: str = ""
    password: str = field(default="", repr=False)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of `bind`. ValueError if it has none."""
        host, colon, port = self.bind.rpartition(":")
        if not (host and colon and port.isdecimal() and 0 < int(port) < 65536):
            raise ValueError(self.bind)
        return host.strip("[]"), int(port)

    def doubts(self) -> Iterator[Doubt]:
        """No address, or a password that anybody could guess."""
        if not self.bind:
            return
        try:
            _ = self.address
        except ValueError:
            yield ("bind",), "should be host:port, such as 127.0.0.1:8471"
        if len(self.password) < LEAST_PASSWORD:
            yield ("password",), f"should have at least {LEAST_PASSWORD} characters: whoever knows it sees the cameras"
