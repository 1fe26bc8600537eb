"""The thread that tells all dashboards: who is told is told before the teller goes on."""

import socket
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from uuid import UUID

from waiting import until
from wsproto.connection import Connection, ConnectionType

from hub.auth.principal import Principal, Role
from hub.live.fanout import Fanout
from hub.live.live_socket import LiveSocket
from hub.live.messages import Message

NEVER = datetime(2100, 1, 1, tzinfo=UTC)
DASHBOARDS = 200


def test_nothing_queues_behind_a_slow_round() -> None:
    """When `tell` returns, all have been told: what was committed meanwhile is not waiting in a line of its own."""
    fanout, ann = Fanout(0), Principal(1, "ann", Role.VIEWER, None, UUID(int=1), NEVER)
    fanout.start()
    with ExitStack() as stack:
        browsers = []
        for _ in range(DASHBOARDS):
            ours, browser = map(stack.enter_context, socket.socketpair())
            live = LiveSocket(ours, Connection(ConnectionType.SERVER), ann, time.monotonic())
            assert fanout.admit(live) == 0
            fanout.begin(live, b"")
            browser.setblocking(False)
            browsers.append(browser)
        for ordinal in range(1, 20):
            frame = b"<%d>" % ordinal
            fanout.tell([Message(frame, frozenset({1}), ordinal)], ordinal)
            assert {browser.recv(100) for browser in browsers} == {frame}
        fanout.end_session(ann.session_id)
        until(lambda: fanout.count() == 0)
