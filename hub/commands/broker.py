"""watchpost-hub broker: the embedded MQTT broker, for a first try; a real installation runs mosquitto."""

import asyncio
import signal
from pathlib import Path

import click

from hub import logs
from hub.mqtt.router import Router
from hub.mqtt.rules import may_publish, may_receive
from hub.mqtt.server import Server, server_tls

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--listen", default="127.0.0.1:8883", show_default=True, metavar="HOST:PORT")
@click.option("--certificate", required=True, type=FILE, help="The broker's certificate (PEM).")
@click.option("--key", required=True, type=FILE, help="Its key (PEM).")
@click.option("--authority", required=True, type=FILE, help="Whose client certificates are good (PEM).")
def command(listen: str, certificate: Path, key: Path, authority: Path) -> None:
    """Run the embedded broker: MQTT 3.1.1 over TLS, QoS 0 and 1, clients known by their certificates."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise click.BadParameter("expected HOST:PORT", param_hint="--listen")
    logs.configure()
    try:
        server = Server(Router(may_publish, may_receive), server_tls(str(certificate), str(key), str(authority)))
        asyncio.run(_until_told(server, host, int(port)))
    except OSError as error:
        raise click.ClickException(f"cannot listen on {listen}: {error.strerror or error}") from None


async def _until_told(server: Server, host: str, port: int) -> None:
    loop = asyncio.get_running_loop()
    running = loop.create_task(server.run(host, port, lambda _port: None))
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        return
