"""Messages from one client to others: sessions, retained messages, the rules. No network in here."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Protocol

from hub.mqtt.packets import Publish, matches
from hub.mqtt.session import Session

Rule = Callable[[str, str], bool]
RETAINED = 20_000


class Wire(Protocol):
    """A connected client."""

    def flush(self) -> None:
        """Send what waits in its session, as far as the network takes it."""

    def drop(self) -> None:
        """End the connection."""


class Router:
    """Owns every session; one thread."""

    def __init__(self, may_publish: Rule, may_receive: Rule) -> None:
        self._may_publish = may_publish
        self._may_receive = may_receive
        self._sessions: dict[str, Session] = {}
        self._wires: dict[str, Wire] = {}
        self._retained: dict[str, Publish] = {}

    def connected(self, name: str, clean: bool, wire: Wire) -> tuple[Session, bool]:
        """The session of a client that has just connected, and whether it existed; an older connection is dropped."""
        if (older := self._wires.get(name)) is not None:
            older.drop()
        kept = self._sessions.get(name)
        if kept is None or clean or kept.clean:
            kept = None
        session = kept or Session(name, clean)
        self._sessions[name], self._wires[name] = session, wire
        return session, kept is not None

    def disconnected(self, name: str, wire: Wire, will: Publish | None) -> None:
        """A connection is gone; `will` is what it left to be said, if it did not leave in peace."""
        if self._wires.get(name) is wire:
            del self._wires[name]
            session = self._sessions[name]
            session.connection_lost()
            if session.clean:
                del self._sessions[name]
        if will is not None:
            self.publish(name, will)

    def publish(self, name: str, message: Publish) -> None:
        """Give a message to everybody who may and wants to hear it; what a client may not say is silently lost."""
        if not self._may_publish(name, message.topic):
            return
        if message.retain:
            self._retain(message)
        for session in self._sessions.values():
            self._offer(session, replace(message, retain=False, duplicate=False, number=0))

    def subscribe(self, session: Session, filters: Iterable[tuple[str, int]]) -> None:
        """Subscribe, and send what is retained under these filters."""
        for wanted, qos in filters:
            session.subscribe(wanted, qos)
            for topic, message in self._retained.items():
                if matches(wanted, topic):
                    self._offer(session, replace(message, qos=min(qos, message.qos)))

    def _retain(self, message: Publish) -> None:
        if not message.payload:
            self._retained.pop(message.topic, None)
        elif message.topic in self._retained or len(self._retained) < RETAINED:
            self._retained[message.topic] = replace(message, duplicate=False, number=0)

    def _offer(self, session: Session, message: Publish) -> None:
        qos = session.qos_for(message.topic)
        if qos is None or not self._may_receive(session.name, message.topic):
            return
        wire = self._wires.get(session.name)
        qos = min(qos, message.qos)
        if wire is None and not qos:
            return
        if session.put(replace(message, qos=qos)) and wire is not None:
            wire.flush()
