"""The embedded broker's network side: TLS with client certificates on asyncio; the common name is the client's name."""

import asyncio
import ssl
from collections.abc import Callable, Iterable
from typing import Any, cast

import structlog

from hub.mqtt import packets
from hub.mqtt.packets import Assembler, Packet, ProtocolError, Publish
from hub.mqtt.router import Router
from hub.mqtt.session import Session

CONNECT_S = 10.0
SWEEP_S = 1.0
HIGH_WATER = 1024 * 1024
SHARED = "$share/"  # for a broker of a town, not for this one
REFUSED = 0x80
log = structlog.get_logger(__name__)


class Connection(asyncio.Protocol):
    """One client's connection; calls the router, is called back through `flush` and `drop`."""

    def __init__(self, router: Router, every: "set[Connection]", refused: set[int], clock: Callable[[], float]) -> None:
        self._router = router
        self._every = every
        self._refused = refused
        self._clock = clock
        self._assembler = Assembler()
        self._transport: asyncio.Transport | None = None
        self._session: Session | None = None
        self._will: Publish | None = None
        self._name = ""
        self._serial = 0
        self._deadline_s = CONNECT_S
        self._heard_at = clock()
        self._writable = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(HIGH_WATER)
        certificate = transport.get_extra_info("peercert") or {}
        self._name, self._serial = _common_name(certificate), int(certificate.get("serialNumber", "0"), 16)
        self._every.add(self)
        self.judge()

    def connection_lost(self, exc: Exception | None) -> None:
        self._every.discard(self)
        self._leave()

    def data_received(self, data: bytes) -> None:
        self._heard_at = self._clock()
        self._assembler.feed(data)
        try:
            while self._transport is not None and (packet := self._assembler.next()) is not None:
                self._received(*packet)
        except ProtocolError as error:
            log.warning("a client that does not speak our MQTT", client=self._name, reason=str(error))
            self.drop()

    def pause_writing(self) -> None:
        self._writable = False

    def resume_writing(self) -> None:
        self._writable = True
        self.flush()

    def flush(self) -> None:
        """Send what waits, as far as the network takes it."""
        if self._session is not None:
            self._session.send(lambda message: self._write(packets.publish(message)), lambda: self._writable)

    def drop(self) -> None:
        """End the connection without good-bye. Its will is said before this returns: nothing newer comes before it."""
        if self._transport is not None:
            self._transport.abort()
            self._transport = None
        self._leave()

    def _leave(self) -> None:
        if self._session is not None:
            self._session = None
            self._router.disconnected(self._name, self, self._will)

    def judge(self) -> None:
        """Drop a client whose certificate is revoked."""
        if self._serial in self._refused:
            log.info("a revoked certificate", client=self._name)
            self.drop()

    def expire(self, now: float) -> None:
        """Drop a client that has been silent for too long (section 3.1.2.10)."""
        if self._deadline_s and now - self._heard_at > self._deadline_s:
            self.drop()

    def _received(self, kind: int, flags: int, body: memoryview) -> None:
        if self._session is None:
            if kind != Packet.CONNECT:
                raise ProtocolError("something came before CONNECT")
            self._introduced(body)
        elif kind == Packet.PUBLISH:
            message = packets.read_publish(flags, body)
            self._router.publish(self._name, message)
            if message.qos:
                self._write(packets.numbered(Packet.PUBACK, message.number))
        elif kind == Packet.PUBACK:
            self._session.acknowledged(packets.Body(body).word())
            self.flush()
        else:
            self._asked(kind, body, self._session)

    def _asked(self, kind: int, body: memoryview, session: Session) -> None:
        if kind == Packet.SUBSCRIBE:
            number, filters = packets.read_subscribe(body)
            known = [(wanted, qos) for wanted, qos in filters if not wanted.startswith(SHARED)]
            codes = bytes(REFUSED if wanted.startswith(SHARED) else qos for wanted, qos in filters)
            self._write(packets.numbered(Packet.SUBACK, number, codes))
            self._router.subscribe(session, known)
        elif kind == Packet.UNSUBSCRIBE:
            number, wanted = packets.read_unsubscribe(body)
            for text in wanted:
                session.unsubscribe(text)
            self._write(packets.numbered(Packet.UNSUBACK, number))
        elif kind == Packet.PINGREQ:
            self._write(packets.pingresp())
        elif kind == Packet.DISCONNECT:
            self._will = None
            self._leave()
            if self._transport is not None:
                self._transport.close()
        else:
            raise ProtocolError(f"packet type {kind} is not for a client to send")

    def _introduced(self, body: memoryview) -> None:
        connect = packets.read_connect(body)
        if not self._name:
            raise ProtocolError("a certificate without a common name")
        self._deadline_s = connect.keepalive_s * 1.5
        self._will = connect.will
        self._session, present = self._router.connected(self._name, connect.clean, self)
        self._write(packets.connack(present))
        self.flush()

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)


class Server:
    """Listens on one address until cancelled."""

    def __init__(self, router: Router, tls: ssl.SSLContext) -> None:
        self._router = router
        self._tls = tls
        self._every: set[Connection] = set()
        self._refused: set[int] = set()

    def refuse(self, serials: Iterable[int]) -> None:
        """From now on these certificates are no longer good, nor any session that they opened."""
        self._refused.clear()
        self._refused.update(serials)
        for connection in list(self._every):
            connection.judge()

    async def run(self, host: str, port: int, ready: Callable[[int], None]) -> None:
        """Serve; `ready` hears the port once connections are taken."""
        loop = asyncio.get_running_loop()
        made = lambda: Connection(self._router, self._every, self._refused, loop.time)  # noqa: E731
        server = await loop.create_server(made, host, port, ssl=self._tls, ssl_handshake_timeout=CONNECT_S)
        async with server:
            ready(server.sockets[0].getsockname()[1])
            while True:
                await asyncio.sleep(SWEEP_S)
                for connection in list(self._every):
                    connection.expire(loop.time())


def server_tls(certificate: str, key: str, authority: str) -> ssl.SSLContext:
    """A context that shows this certificate and takes only clients of this authority; all three are PEM files."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    context.load_verify_locations(authority)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def _common_name(certificate: dict[str, Any]) -> str:
    pairs = [pair for names in certificate.get("subject", ()) for pair in names]
    return next((value for key, value in pairs if key == "commonName"), "")
