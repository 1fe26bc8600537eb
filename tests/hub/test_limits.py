"""Limits leak with time and are shared; hashing takes turns and tells nobody who exists."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from peewee import PostgresqlDatabase

from hub.auth import passwords
from hub.auth.limits import LEAKED, Limits, Rate, site
from hub.auth.passwords import Passwords
from hub.errors import Busy, TooMany
from hub.store import attempts
from hub.store.models import Attempt


class MovedClock:
    def __init__(self) -> None:
        self.now = datetime(2024, 5, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_a_full_bucket_refuses_until_it_leaks(database: PostgresqlDatabase) -> None:
    clock = MovedClock()
    counted, rate = Limits(clock), Rate(burst=3, every_s=10)
    for _ in range(3):
        counted.spend("a", rate)
    with pytest.raises(TooMany) as caught:
        counted.spend("a", rate)
    assert caught.value.retry_after_s == 10
    counted.spend("b", rate)
    clock.now += timedelta(seconds=10)
    counted.spend("a", rate)
    with pytest.raises(TooMany):
        counted.spend("a", rate)
    counted.refund("a")
    counted.spend("a", rate)
    counted.forget("a")
    counted.spend("a", rate)


def test_a_clock_that_is_set_back_opens_nothing(database: PostgresqlDatabase) -> None:
    clock = MovedClock()
    counted, rate = Limits(clock), Rate(burst=2, every_s=10)
    counted.spend("a", rate)
    counted.spend("a", rate)
    clock.now -= timedelta(hours=1)
    with pytest.raises(TooMany):
        counted.spend("a", rate)


def test_no_name_is_kept_and_what_has_leaked_is_forgotten(database: PostgresqlDatabase) -> None:
    clock = MovedClock()
    Limits(clock).spend("account my-password", Rate(burst=3, every_s=10))
    assert "my-password" not in Attempt.get().key
    assert attempts.prune(clock.now + LEAKED, LEAKED) == 0
    assert attempts.prune(clock.now + LEAKED + timedelta(seconds=1), LEAKED) == 1


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:0:1:2:3:4:5", "2001:0db8:0000:0001::/64"),
        ("2001:db8:0:1::", "2001:0db8:0000:0001::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("no address", "no address"),
    ],
)
def test_whom_an_address_stands_for(address: str, shown: str) -> None:
    assert site(address) == shown


def test_passwords(tmp_path: Path) -> None:
    hasher = Passwords(tmp_path)
    encoded = hasher.hashed("correct horse")
    assert encoded.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert hasher.matches(encoded, "correct horse")
    assert not hasher.matches(encoded, "wrong")
    assert not hasher.matches(None, "nobody has this password")
    assert not hasher.matches("damaged", "x")


def test_all_processes_share_two_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "WAIT_S", 0.01)
    here, there = Passwords(tmp_path), Passwords(tmp_path)
    with here._turn(), there._turn(), pytest.raises(Busy):
        there.hashed("x")
    assert there.hashed("x")


def test_whoever_waits_gets_a_turn(tmp_path: Path) -> None:
    hasher = Passwords(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(hasher.hashed, ["x"] * 16))) == 16


def test_whoever_asks_the_work_is_done_by_two_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In each that ever hashed, the C library keeps 19 MiB."""
    worked: set[int] = set()
    real = PasswordHasher.hash

    def noted(self: PasswordHasher, password: str) -> str:
        worked.add(threading.get_ident())
        return real(self, password)

    hasher = Passwords(tmp_path)
    monkeypatch.setattr(PasswordHasher, "hash", noted)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(hasher.hashed, ["x"] * 16))
    assert 1 <= len(worked) <= 2
