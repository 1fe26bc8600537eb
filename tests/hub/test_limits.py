"""Limits leak with time and are bounded in number; hashing tells nobody who exists."""

import pytest

from hub.auth import limits, passwords
from hub.auth.limits import Limits, Rate
from hub.errors import Busy, TooMany


class MovedClock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_full_bucket_refuses_until_it_leaks() -> None:
    clock = MovedClock()
    counted, rate = Limits(clock), Rate(burst=3, every_s=10)
    for _ in range(3):
        counted.spend("a", rate)
    with pytest.raises(TooMany) as caught:
        counted.check("a", rate)
    assert caught.value.retry_after_s == 10
    counted.check("b", rate)
    clock.now += 10
    counted.spend("a", rate)
    with pytest.raises(TooMany):
        counted.check("a", rate)
    counted.forget("a")
    counted.check("a", rate)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_KEYS", 100)
    counted = Limits()
    for number in range(1000):
        counted.count(str(number), Rate(1, 1))
    assert len(counted._levels) == 100


def test_passwords() -> None:
    hasher = passwords.Passwords()
    encoded = hasher.hashed("correct horse")
    assert encoded.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert hasher.matches(encoded, "correct horse")
    assert not hasher.matches(encoded, "wrong")
    assert not hasher.matches(None, "nobody has this password")
    assert not hasher.matches("damaged", "x")


def test_too_many_hashes_at_once_are_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "WAIT_S", 0.01)
    hasher = passwords.Passwords()
    with hasher._turn(), hasher._turn(), pytest.raises(Busy):
        hasher.hashed("x")
