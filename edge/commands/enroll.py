"""`watchpost-edge enroll`: make this device the hub's own, with a one-time token or by somebody's approval."""

import socket
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from edge import config as configuration
from edge.config import Config, DeviceConfig, HubConfig
from edge.device.former_hub import authority_of, leave
from edge.errors import EnrollError, WatchpostError
from edge.identity import identity
from edge.identity.enrolment import Pending, enroll
from edge.identity.hub_client import Hub, HubNotReady
from edge.identity.identity import Identity
from edge.worker import Backoff

PATH = click.Path(path_type=Path)


@dataclass(frozen=True, slots=True)
class Asking:
    """What to ask, of whom, and where to keep the answer."""

    hub: Hub
    name: str
    state_dir: Path
    token: str | None = field(repr=False)

    def once(self) -> Identity | Pending:
        """Ask, and take the answer for what it is."""
        return enroll(self.hub, self.name, self.token, self.state_dir)

    def until_answered(self) -> Identity:
        """Ask again while the hub cannot be reached or nobody has approved; EnrollError when it refuses."""
        backoff, said = Backoff(1.0, 30.0), ""
        while True:
            try:
                answer = self.once()
                if isinstance(answer, Identity):
                    return answer
                news, wait_s = _pending(answer), answer.poll_after_s
            except HubNotReady as error:
                news, wait_s = str(error), backoff.next_s()
            if news != said:
                click.echo(news, err=True)
            said = news
            time.sleep(wait_s)


@click.command()
@click.option("--config", "config_path", type=PATH, help="Take hub, name and state directory from this edge.toml.")
@click.option("--hub", metavar="URL", help="The hub's address.")
@click.option("--token", metavar="T", envvar="WATCHPOST_ENROLL_TOKEN", help="One-time token; without it, approval.")
@click.option("--name", help="What people call this device.  [default: its host name]")
@click.option("--state-dir", type=PATH, help="Where the identity is kept.  [default: /var/lib/watchpost]")
@click.option("--ca-file", type=PATH, help="Trust only this authority for the hub's address.")
@click.option("--wait", is_flag=True, help="Ask again until the hub answers and the device is approved.")
def command(config_path: Path | None, wait: bool, **given: Any) -> None:
    """Make a key here, have the hub sign it, and keep what it answers."""
    try:
        asking = _asking(config_path, given)
        _check_new(asking)
        authority_before = authority_of(asking.state_dir)
        answer = asking.until_answered() if wait else asking.once()
    except WatchpostError as error:
        raise click.ClickException(str(error)) from None
    if isinstance(answer, Pending):
        raise click.ClickException(f"{_pending(answer)}, then run this again")
    if leave(asking.state_dir, authority_before):
        click.echo(f"this is another hub: visits for the former one were set aside in {asking.state_dir}", err=True)
    click.echo(f"enrolled as {answer.facts.device_id}; its certificate is good until {answer.ends_at:%Y-%m-%d}")


def _asking(config_path: Path | None, given: dict[str, Any]) -> Asking:
    default = Config(DeviceConfig(socket.gethostname() or "device"), HubConfig())
    config = configuration.load(config_path) if config_path is not None else default
    hub_url = given["hub"] or config.hub.url
    if not hub_url.startswith(("http://", "https://")):
        raise click.UsageError("give the hub's address: --hub https://..., or a --config that has it")
    return Asking(
        hub=Hub(hub_url, given["ca_file"] or config.hub.ca_file),
        name=given["name"] or config.device.name,
        state_dir=given["state_dir"] or config.device.state_dir,
        token=given["token"] or None,
    )


def _check_new(asking: Asking) -> None:
    known = identity.load(asking.state_dir) if asking.token is None else None
    if known is not None:
        raise EnrollError(f"already enrolled as {known.facts.device_id}; give a --token to enrol anew")


def _pending(answer: Pending) -> str:
    compare = f" (fingerprint {answer.fingerprint})" if answer.fingerprint else ""
    return f"waiting: approve device {answer.device_id}{compare} on the hub"
