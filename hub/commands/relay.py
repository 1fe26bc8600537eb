"""watchpost-hub relay: a small media server for one machine, where MediaMTX cannot be had."""

import asyncio
import json
import logging
import signal

import click

from hub.media.relay.gate import HttpGate
from hub.media.relay.server import Address, RelayAddresses, run_relay


class AddressType(click.ParamType[Address]):
    """`host:port`; port 0 means any free one."""

    name = "host:port"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Address:
        host, _, port = str(value).rpartition(":")
        if not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
            self.fail(f"{value!r} is not host:port", param, ctx)
        return host.strip("[]"), int(port)


ADDRESS = AddressType()


@click.command()
@click.option("--rtsp", type=ADDRESS, default="127.0.0.1:8554", show_default=True, help="Where agents publish.")
@click.option("--whep", type=ADDRESS, default="127.0.0.1:8889", show_default=True, help="Where browsers watch.")
@click.option("--api", type=ADDRESS, default="127.0.0.1:9997", show_default=True, help="Path health, for the hub.")
@click.option("--auth-url", required=True, help="The hub's hook that decides who may publish and watch.")
def command(rtsp: Address, whep: Address, api: Address, auth_url: str) -> None:
    """Take H.264 over RTSP from agents and show it to browsers over WebRTC (WHEP).

    Prints one JSON line with its addresses once it is ready. Stops on SIGTERM or Ctrl-C.
    """
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    logging.getLogger("aioice").setLevel(logging.WARNING)
    try:
        asyncio.run(_serve(RelayAddresses(rtsp, whep, api), auth_url))
    except OSError as error:
        raise click.ClickException(f"cannot listen: {error.strerror or error}") from error


async def _serve(wish: RelayAddresses, auth_url: str) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run_relay(wish, HttpGate(auth_url), _announce, stop)


def _announce(real: RelayAddresses) -> None:
    line = {
        "event": "ready",
        "rtsp_url": _url("rtsp", real.rtsp),
        "whep_url": _url("http", real.whep),
        "api_url": _url("http", real.api),
    }
    click.echo(json.dumps(line))


def _url(scheme: str, address: Address) -> str:
    host, port = address
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
