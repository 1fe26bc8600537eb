"""How often somebody may try: a leaking bucket per account and per address, shared by all web processes.

A log-in pays before its password is looked at, and gets back what it paid when that was right: however many try at
once, in however many processes, no more than `burst` wrong ones are looked at. A refused attempt writes nothing, and
one that is looked at costs a hash, so a flood of guesses is no flood of writes.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address

from hub.errors import TooMany
from hub.store import attempts

LEAKED = timedelta(minutes=15)  # every rate below is empty again by then
IPV6_SITE = 64


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, then one each `every_s` seconds."""

    burst: int
    every_s: float


ACCOUNT = Rate(burst=10, every_s=30)
ADDRESS = Rate(burst=50, every_s=6)
SIGNUP = Rate(burst=20, every_s=30)
ENROLL = Rate(burst=60, every_s=2)
COMMANDS = Rate(burst=60, every_s=2)


class Limits:
    """Counts events by key; keys are kept as digests, since people type passwords where their name belongs."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock

    def spend(self, key: str, rate: Rate) -> None:
        """Count one more; TooMany when the bucket is full."""
        now, kept = self._clock(), _kept(key)
        if not attempts.spend(kept, rate.burst, rate.every_s, now):
            over = attempts.level(kept, rate.every_s, now) - rate.burst + 1
            wait_s = max(1, math.ceil(over * rate.every_s))
            raise TooMany(f"too many attempts; try again in {wait_s} s", wait_s)

    def refund(self, key: str) -> None:
        """That one was well; it does not count."""
        attempts.refund(_kept(key))

    def forget(self, key: str) -> None:
        """Start anew, after a success."""
        attempts.forget(_kept(key))


def site(address: str) -> str:
    """Whom an address stands for: of IPv6, which hands them out by the billion, the /64."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return f"{parsed.exploded[: IPV6_SITE // 4 + 3]}::/64"
    return str(parsed.ipv4_mapped or parsed) if isinstance(parsed, IPv6Address) else str(parsed)


def _kept(key: str) -> str:
    return sha256(key.encode()).hexdigest()
