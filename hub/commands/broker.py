"""watchpost-hub broker: the embedded MQTT broker, for a first try; a real installation runs mosquitto."""

import asyncio
import os
import signal
from pathlib import Path

import click
import structlog
from cryptography import x509

from hub import logs
from hub.mqtt.router import Router
from hub.mqtt.rules import may_publish, may_receive
from hub.mqtt.server import Server, server_tls

log = structlog.get_logger(__name__)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--listen", default="127.0.0.1:8883", show_default=True, metavar="HOST:PORT")
@click.option("--certificate", required=True, type=FILE, help="The broker's certificate (PEM).")
@click.option("--key", required=True, type=FILE, help="Its key (PEM).")
@click.option("--authority", required=True, type=FILE, help="Whose client certificates are good (PEM).")
@click.option("--crl", type=FILE, help="Which of them are revoked (PEM); read again on SIGHUP.")
@click.option("--pid-file", type=click.Path(dir_okay=False, path_type=Path), help="Where to say which process this is.")
def command(listen: str, certificate: Path, key: Path, authority: Path, **more: Path | None) -> None:
    """Run the embedded broker: MQTT 3.1.1 over TLS, QoS 0 and 1, clients known by their certificates."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise click.BadParameter("expected HOST:PORT", param_hint="--listen")
    logs.configure()
    try:
        server = Server(Router(may_publish, may_receive), server_tls(str(certificate), str(key), str(authority)))
        if (pid_file := more["pid_file"]) is not None:
            pid_file.write_text(str(os.getpid()))
        asyncio.run(_until_told(server, host, int(port), more["crl"]))
    except OSError as error:
        raise click.ClickException(f"cannot listen on {listen}: {error.strerror or error}") from None


async def _until_told(server: Server, host: str, port: int, crl: Path | None) -> None:
    loop = asyncio.get_running_loop()
    if crl is not None:
        _refuse(server, crl)
        loop.add_signal_handler(signal.SIGHUP, _refuse, server, crl)
    running = loop.create_task(server.run(host, port, lambda _port: None))
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        return


def _refuse(server: Server, crl: Path) -> None:
    """A list that cannot be read leaves the one before in force."""
    try:
        server.refuse([item.serial_number for item in x509.load_pem_x509_crl(crl.read_bytes())])
    except (OSError, ValueError) as error:
        log.error("the list of revoked certificates cannot be read", reason=str(error))
