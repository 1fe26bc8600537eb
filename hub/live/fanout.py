"""One thread with one epoll for all dashboards of a web process; other threads leave work for it and wake it."""

import os
import select
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from threading import Event, Thread
from uuid import UUID

import structlog
from wsproto.frame_protocol import CloseReason

from hub.auth.principal import Principal
from hub.live.abreast import Abreast
from hub.live.live_socket import Gone, LiveSocket, Slow
from hub.live.messages import Message

TICK_S = 1.0
PING_S = 25.0
SILENT_S = 60.0
MOST = 10_000
RETRY_S = 1.0
log = structlog.get_logger(__name__)


class Full(Exception):
    """No room for another socket."""


class Fanout:
    """Knows up to which commit everybody has been told; a socket is admitted between two commits, never within one."""

    def __init__(self, position: int) -> None:
        self._position = position
        self._sockets: dict[int, LiveSocket] = {}
        self._abreast = Abreast()
        self._apart: set[LiveSocket] = set()
        self._work: deque[Callable[[], None]] = deque()
        self._epoll = select.epoll()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._wake, select.EPOLLIN)
        self._ticked_at = 0.0
        self._thread = Thread(target=self._run, name="live fan-out", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def admit(self, live: LiveSocket) -> int:
        """Take a socket in, holding back what comes until `begin`; the commit up to which it has to be told first."""
        admitted: Future[int] = Future()
        self._leave(lambda: self._admit(live, admitted))
        return admitted.result(timeout=10)

    def begin(self, live: LiveSocket, missed: bytes) -> None:
        """Send what was missed, then what was held back; then everything."""
        self._leave(lambda: self._with(live, lambda: live.begin(missed)))

    def forget(self, live: LiveSocket) -> None:
        """Close a socket that was never begun."""
        self._leave(lambda: self._drop(live))

    def tell(self, messages: list[Message], position: int | None = None) -> None:
        """Send messages to all who may see them; `position`: the last commit that they tell of.

        Returns when all have been told: what is committed meanwhile is then told in one go, and never queues here.
        """
        told = Event()

        def work() -> None:
            try:
                self._tell(messages, position)
            finally:
                told.set()

        self._leave(work)
        told.wait()

    def end_session(self, session_id: UUID) -> None:
        """Close what was opened with this session."""
        self._leave(lambda: self._end(lambda live: live.session_id == session_id, "the session has ended"))

    def users(self) -> set[Principal]:
        """Everybody who listens, once for each session, as far as is known here."""
        return {live.user for live in list(self._sockets.values())}

    def permit(self, user: Principal, states: Sequence[Message] = ()) -> None:
        """What a user may see has changed; `user` is who they are now, who is told `states`."""
        self._leave(lambda: self._permit(user, states))

    def count(self) -> int:
        """How many sockets there are."""
        return len(self._sockets)

    def _leave(self, work: Callable[[], None]) -> None:
        self._work.append(work)
        os.eventfd_write(self._wake, 1)

    def _run(self) -> None:
        while True:
            try:
                self._turn()
            except Exception:
                log.exception("the live fan-out begins anew")
                self._let_all_go()
                time.sleep(RETRY_S)

    def _turn(self) -> None:
        for descriptor, events in self._epoll.poll(TICK_S, 256):
            if descriptor == self._wake:
                os.eventfd_read(self._wake)
            elif (live := self._sockets.get(descriptor)) is not None:
                self._serve(live, events)
        while self._work:
            self._work.popleft()()
        if time.monotonic() - self._ticked_at > TICK_S:
            self._tick(time.monotonic())

    def _let_all_go(self) -> None:
        """Nobody knows any more who has been told what: each comes back and says what it has heard."""
        for live in self._sockets.values():
            live.close()  # which takes it out of the epoll, too
        self._sockets, self._apart, self._abreast = {}, set(), Abreast()

    def _serve(self, live: LiveSocket, events: int) -> None:
        def work() -> None:
            if events & select.EPOLLOUT:
                live.drain()
            if events & ~select.EPOLLOUT:
                live.read(time.monotonic())

        self._with(live, work)

    def _with(self, live: LiveSocket, work: Callable[[], None]) -> None:
        """Do something with a socket; afterwards it waits for the network as it has to, or is gone."""
        if live.fileno() < 0:
            return
        was_behind = live.behind
        try:
            work()
        except Gone as reason:
            told = log.info if isinstance(reason, Slow) else log.debug
            told("a dashboard is gone", reason=str(reason))
            self._drop(live)
            return
        except Exception:  # its own trouble, and none of the others'
            log.exception("a dashboard is let go")
            self._drop(live)
            return
        if live.behind != was_behind:
            self._epoll.modify(live.fileno(), select.EPOLLIN | (select.EPOLLOUT if live.behind else 0))
        self._place(live)

    def _place(self, live: LiveSocket) -> None:
        """Where the next round looks for it."""
        if live.abreast:
            self._abreast.put(live)
            self._apart.discard(live)
        else:
            self._abreast.leave(live)
            self._apart.add(live)

    def _admit(self, live: LiveSocket, admitted: "Future[int]") -> None:
        if len(self._sockets) >= MOST:
            admitted.set_exception(Full())
            return
        self._epoll.register(live.fileno(), select.EPOLLIN)
        self._sockets[live.fileno()] = live
        self._place(live)
        admitted.set_result(self._position)

    def _tell(self, messages: list[Message], position: int | None) -> None:
        if position is not None:
            self._position = position
        short = self._abreast.tell(messages)
        for live in list(self._apart):
            self._with(live, partial(live.offer, messages))
        for live, rest in short:
            self._with(live, partial(live.write, rest))

    def _permit(self, user: Principal, states: Sequence[Message]) -> None:
        for live in list(self._sockets.values()):
            if live.session_id == user.session_id:
                live.permit(replace(user, expires_at=live.user.expires_at))
                self._with(live, partial(live.offer, states))

    def _tick(self, now: float) -> None:
        self._ticked_at = now
        moment = datetime.now(UTC)
        self._end(lambda live: live.has_expired(moment), "the token has expired")
        for live in list(self._sockets.values()):
            if now - live.heard_at > SILENT_S:
                self._drop(live)
            elif now - max(live.heard_at, live.pinged_at) > PING_S:
                self._with(live, lambda live=live: live.ping(now))  # type: ignore[misc]

    def _end(self, which: Callable[[LiveSocket], bool], reason: str) -> None:
        for live in [live for live in self._sockets.values() if which(live)]:
            live.farewell(CloseReason.POLICY_VIOLATION, reason)
            self._drop(live)

    def _drop(self, live: LiveSocket) -> None:
        if self._sockets.pop(live.fileno(), None) is live:
            self._epoll.unregister(live.fileno())
            self._abreast.leave(live)
            self._apart.discard(live)
        live.close()
