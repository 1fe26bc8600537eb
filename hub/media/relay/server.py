"""The whole relay: RTSP in, WHEP out, a small API; started in order, stopped in reverse."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from ipaddress import ip_address

from hub.media.relay.api import ApiServer
from hub.media.relay.gate import Gate
from hub.media.relay.http import Handler, HttpServer
from hub.media.relay.paths import Paths
from hub.media.relay.rtsp import RtspServer
from hub.media.relay.webrtc import prepare_aiortc
from hub.media.relay.whep import WhepServer

log = logging.getLogger(__name__)

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class RelayAddresses:
    """Where the relay listens; port 0 in a wish means any free one."""

    rtsp: Address
    whep: Address
    api: Address


async def run_relay(
    wish: RelayAddresses, gate: Gate, on_ready: Callable[[RelayAddresses], None], stop: asyncio.Event
) -> None:
    """Serve until `stop`; `on_ready` is told the real addresses once everybody may connect."""
    prepare_aiortc(_host_addresses(wish.whep[0]))
    paths = Paths()
    whep = WhepServer(paths, gate)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(whep.close)
        stack.callback(paths.close)
        peers = RtspServer(paths, gate)
        rtsp = await peers.listen(*wish.rtsp)
        stack.callback(rtsp.close)
        whep_address = await _listen(stack, whep.handle, wish.whep)
        api_address = await _listen(stack, ApiServer(paths, whep, peers, gate).handle, wish.api)
        on_ready(RelayAddresses(_address(rtsp), whep_address, api_address))
        await stop.wait()


async def _listen(stack: AsyncExitStack, handler: Handler, wish: Address) -> Address:
    server = await HttpServer(handler).listen(*wish)
    stack.callback(server.close)
    return _address(server)


def _address(server: asyncio.Server) -> Address:
    host, port = server.sockets[0].getsockname()[:2]
    return str(host), int(port)


def _host_addresses(bind: str) -> list[str] | None:
    """Which addresses the media may use: the one that signalling is bound to; any of the machine for a wildcard."""
    try:
        return None if ip_address(bind).is_unspecified else [bind]
    except ValueError:
        return ["127.0.0.1"] if bind == "localhost" else None
