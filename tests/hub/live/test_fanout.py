"""The thread that tells all dashboards: who is told is told before the teller goes on, and none waits for the slow."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from uuid import UUID

import pytest
from waiting import until
from wsproto.connection import Connection, ConnectionType

from hub.auth.principal import Principal, Role
from hub.live.fanout import Fanout
from hub.live.live_socket import BACKLOG, LiveSocket
from hub.live.messages import Message

NEVER = datetime(2100, 1, 1, tzinfo=UTC)
DASHBOARDS = 200
BROWSERS_PING = b"\x89\x80\0\0\0\0"
SMALL = 4096  # bytes that the kernel keeps for a browser that does not read, or a few times as much


def user(number: int, cameras: frozenset[int] | None = None) -> Principal:
    return Principal(number, f"user-{number}", Role.VIEWER, cameras, UUID(int=number), NEVER)


def message(ordinal: int, camera_id: int = 1, size: int = 0) -> Message:
    return Message(b"<%d>" % ordinal + b"." * size, frozenset({camera_id}), ordinal)


class Hub:
    """A fan-out, and the browsers that are connected to it."""

    def __init__(self, stack: ExitStack) -> None:
        self.fanout, self._stack = Fanout(0), stack
        self.fanout.start()

    def browser(self, who: Principal, kind: type[LiveSocket] = LiveSocket, position: int = 0) -> socket.socket:
        ours, browser = map(self._stack.enter_context, socket.socketpair())
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL)
        browser.setblocking(False)
        live = kind(ours, Connection(ConnectionType.SERVER), who, time.monotonic())
        assert self.fanout.admit(live) >= position
        self.fanout.begin(live, b"")
        return browser

    def tell(self, *some: Message) -> None:
        self.fanout.tell(list(some), some[-1].ordinal)


@pytest.fixture
def hub() -> Iterator[Hub]:
    with ExitStack() as stack:
        made = Hub(stack)
        yield made
        for who in made.fanout.users():
            made.fanout.end_session(who.session_id)
        until(lambda: made.fanout.count() == 0)


def heard(browser: socket.socket) -> bytes:
    data = b""
    try:
        while more := browser.recv(1_000_000):
            data += more
    except BlockingIOError:
        pass
    return data


def heard_all(browser: socket.socket, size: int) -> bytes:
    """So many bytes, however long they take."""
    data = bytearray()
    until(lambda: data.extend(heard(browser)) or len(data) >= size, pause_s=0.001)
    return bytes(data)


def test_nothing_queues_behind_a_slow_round(hub: Hub) -> None:
    """When `tell` returns, all have been told: what was committed meanwhile is not waiting in a line of its own."""
    browsers = [hub.browser(user(1)) for _ in range(DASHBOARDS)]
    for ordinal in range(1, 20):
        hub.tell(message(ordinal))
        assert {heard(browser) for browser in browsers} == {b"<%d>" % ordinal}


def test_each_is_told_what_they_may_see_now(hub: Hub) -> None:
    cameras: list[frozenset[int] | None] = [None, frozenset({1}), frozenset({1}), frozenset()]
    browsers = [hub.browser(user(number, visible)) for number, visible in enumerate(cameras, 1)]
    hub.tell(message(1, camera_id=1), message(2, camera_id=2))
    assert [heard(browser) for browser in browsers] == [b"<1><2>", b"<1>", b"<1>", b""]
    hub.fanout.permit(user(2, frozenset({2})))
    hub.fanout.permit(user(4, None))
    hub.tell(message(3, camera_id=1), message(4, camera_id=2))
    assert [heard(browser) for browser in browsers] == [b"<3><4>", b"<4>", b"<3>", b"<3><4>"]


def test_who_reads_late_is_told_all_in_order_and_holds_up_nobody(hub: Hub) -> None:
    late, prompt = hub.browser(user(1)), hub.browser(user(1))
    some = [message(ordinal, size=SMALL) for ordinal in range(1, 30)]
    for one in some:
        hub.tell(one)
        assert heard_all(prompt, len(one.frame)) == one.frame
    whole = b"".join(one.frame for one in some)
    assert heard_all(late, len(whole)) == whole
    hub.tell(message(30))
    assert (heard(late), heard(prompt)) == (b"<30>", b"<30>")


def test_who_never_reads_is_let_go_and_the_others_stay(hub: Hub) -> None:
    hub.browser(user(1))
    others = [hub.browser(user(2)) for _ in range(3)]
    for ordinal in range(1, 3 * BACKLOG // SMALL):
        one = message(ordinal, size=SMALL)
        hub.tell(one)
        assert {heard_all(other, len(one.frame)) for other in others} == {one.frame}
    until(lambda: hub.fanout.count() == len(others))


class Broken(LiveSocket):
    """Fails as nobody expects."""

    def write(self, data: bytes) -> None:
        if data:
            raise RuntimeError("a surprise")


class Unheard(Message):
    """Nobody can tell whom it is for."""

    def is_for(self, visible: frozenset[int] | None) -> bool:
        raise RuntimeError("a surprise")


def test_one_that_fails_unexpectedly_is_let_go_and_the_others_stay(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    broken, others = hub.browser(user(1), kind=Broken), [hub.browser(user(2)) for _ in range(3)]
    broken.send(BROWSERS_PING)
    until(lambda: hub.fanout.count() == len(others))
    hub.tell(message(1))
    assert {heard(other) for other in others} == {b"<1>"}
    assert "Traceback" in caplog.text
    assert "a surprise" in caplog.text


def test_what_fails_for_all_lets_all_come_back(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    """The teller goes on; who comes back is told by its cursor what it has not heard, and then all that follows."""
    browser = hub.browser(user(1))
    hub.tell(Unheard(b"<1>", frozenset({1}), 1))
    until(lambda: hub.fanout.count() == 0)
    assert browser.recv(1) == b""
    assert "a surprise" in caplog.text
    browser = hub.browser(user(1), position=1)
    hub.tell(message(2))
    assert heard(browser) == b"<2>"
