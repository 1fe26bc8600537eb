"""One dashboard's socket: who may see what, what was heard elsewhere, and what a slow one is given."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType

from hub.auth.principal import Principal, Role
from hub.live.abreast import Abreast
from hub.live.live_socket import BACKLOG, Gone, LiveSocket
from hub.live.messages import Message

NEVER = datetime(2100, 1, 1, tzinfo=UTC)


def user(cameras: frozenset[int] | None = None) -> Principal:
    return Principal(1, "ann", Role.VIEWER, cameras, UUID(int=1), NEVER)


def messages(*ordinals: int) -> list[Message]:
    return [Message(b"<%d>" % ordinal, frozenset({ordinal % 2}), ordinal) for ordinal in ordinals]


class Line:
    """Both ends of a connection, told alone or as one of a group, as the fan-out does."""

    def __init__(self, who: Principal, heard_until: int = 0) -> None:
        ours, self.theirs = socket.socketpair()
        self.theirs.setblocking(False)
        self.live = LiveSocket(ours, Connection(ConnectionType.SERVER), who, 0.0, heard_until)

    def tell(self, *ordinals: int) -> None:
        self.told(messages(*ordinals))

    def told(self, some: list[Message]) -> None:
        if not self.live.abreast:
            self.live.offer(some)
            return
        group = Abreast()
        group.put(self.live)
        for live, rest in group.tell(some):
            live.write(rest)

    def heard(self) -> list[int]:
        try:
            data = self.theirs.recv(1_000_000)
        except BlockingIOError:
            data = b""
        return [int(part) for part in data.decode().replace("<", "").split(">") if part]

    def close(self) -> None:
        self.live.close()
        self.theirs.close()


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line(user())
    made.live.begin(b"")
    yield made
    made.close()


@given(
    batches=st.lists(st.integers(1, 4), max_size=12),
    heard_until=st.integers(0, 40),
    begun_after=st.integers(0, 12),
    limited=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_nothing_is_left_out_and_nothing_comes_twice(
    batches: list[int], heard_until: int, begun_after: int, limited: bool
) -> None:
    """Alerts come in the order of their commits; a page has heard up to some commit, from here or from elsewhere."""
    line = Line(user(frozenset({1}) if limited else None), heard_until)
    position, expected = 0, []
    for index, size in enumerate(batches):
        if index == begun_after:
            line.live.begin(b"")
        told = range(position + 1, position + size + 1)
        line.tell(*told)
        expected += [number for number in told if number > heard_until and (number % 2 or not limited)]
        position += size
    if begun_after >= len(batches):
        line.live.begin(b"")
    assert line.heard() == expected
    line.close()


def test_other_rights_hold_from_the_next_message_on(line: Line) -> None:
    line.tell(1, 2)
    line.live.permit(user(frozenset({0})))
    line.tell(3, 4)
    line.live.permit(user(frozenset()))
    line.tell(5, 6)
    line.live.permit(user(None))
    line.tell(7, 8)
    assert line.heard() == [1, 2, 4, 7, 8]


@pytest.mark.parametrize(("visible", "told"), [(None, [1, 3]), (frozenset({7}), [2, 3]), (frozenset({8}), [])])
def test_the_limited_may_be_told_less(visible: frozenset[int] | None, told: list[int]) -> None:
    line, about = Line(user(visible)), frozenset({7})
    line.live.begin(b"")
    some = [
        Message(b"<1>", about, audience="unlimited"),
        Message(b"<2>", about, audience="limited"),
        Message(b"<3>", about),
    ]
    line.told(some)
    assert line.heard() == told
    line.close()


def test_a_page_that_does_not_read_is_given_up(line: Line) -> None:
    huge = Message(b"x" * BACKLOG, frozenset(), 1)
    line.told([huge])
    with pytest.raises(Gone, match="too slow"):
        line.told([huge] * 20)


def test_much_at_the_beginning_is_not_being_slow() -> None:
    """A hub of many cameras tells a page that returns of them all; what comes before that is read must not end it."""
    line = Line(user())
    line.live.begin(b"<0>" * 4 * BACKLOG)
    line.tell(1)
    heard = []
    while line.live.behind:
        heard += line.heard()
        line.live.drain()
    assert [*heard, *line.heard()][-2:] == [0, 1]
    line.close()
