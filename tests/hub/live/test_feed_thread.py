"""The thread that hears what is committed: it goes on behind any trouble, and however many sockets there are."""

import os
import resource
from collections.abc import Iterator
from contextlib import ExitStack
from threading import Event

import pytest
from flask import Flask
from peewee import PostgresqlDatabase
from waiting import until

from hub.auth.principal import Principal
from hub.live.fanout import Fanout
from hub.live.feed import Feed
from hub.live.messages import Message
from hub.store.listen import Listener
from hub.store.notify import CAMERA, notify

BEYOND_SELECT = 1024
SILENCE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'watchpost listen'"

pytestmark = pytest.mark.filterwarnings("ignore:Exception in thread live feed")  # it is how a test ends one


class Heard(Fanout):
    """Nobody listens; what they would be told is kept."""

    def __init__(self) -> None:
        super().__init__(0)
        self.frames: list[bytes] = []

    def tell(self, messages: list[Message], position: int | None = None) -> None:
        self.frames += [message.frame for message in messages]

    def users(self) -> set[Principal]:
        return set()

    def deleted(self, camera_id: int) -> bool:
        return any(b'"id":%d,"deleted":true' % camera_id in frame for frame in self.frames)


class Ears:
    """Makes listeners that end the feed's thread when the test is over; the first calls raise what they are given."""

    def __init__(self, url: str, *troubles: Exception) -> None:
        self._url, self._troubles = url, list(troubles)
        self.over = Event()

    def __call__(self, channels: tuple[str, ...]) -> Listener:
        if self.over.is_set():
            raise SystemExit
        if self._troubles:
            raise self._troubles.pop(0)
        return Listener(self._url, channels)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def fed(stack: ExitStack, app: Flask, ears: Ears, database: PostgresqlDatabase) -> Heard:
    """A feed that has begun, until the test ends."""
    heard = Heard()
    feed = Feed(app, ears, heard, 0)
    feed.start()

    def end() -> None:
        ears.over.set()
        database.execute_sql(SILENCE)
        feed._thread.join(10)

    stack.callback(end)
    return heard


def until_heard(heard: Heard) -> None:
    """A feed that listens by now, or soon, hears of a camera that is gone."""

    def told() -> bool:
        notify(CAMERA, "7")
        return heard.deleted(7)

    until(told)


def test_descriptors_beyond_those_that_select_knows(
    stack: ExitStack, app: Flask, database: PostgresqlDatabase, database_url: str
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * BEYOND_SELECT), hard))
    stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
    while (descriptor := os.dup(2)) < BEYOND_SELECT:
        stack.callback(os.close, descriptor)
    stack.callback(os.close, descriptor)
    heard = fed(stack, app, Ears(database_url), database)
    until_heard(heard)


def test_what_nobody_expected_is_told_of_and_the_feed_begins_anew(
    stack: ExitStack,
    app: Flask,
    database: PostgresqlDatabase,
    database_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    heard = fed(stack, app, Ears(database_url, ValueError("a surprise")), database)
    until_heard(heard)
    assert b'"states":"begin"' in b"".join(heard.frames)
    assert "Traceback" in caplog.text
    assert "a surprise" in caplog.text
