"""watchpost-hub device: who watches, without the dashboard."""

import json
from datetime import timedelta

import click

from hub.commands.opened import opened
from hub.errors import NotFound
from hub.fleet import enrolment
from hub.fleet.ca import CertificateAuthority
from hub.store import audit, devices
from hub.store.models import Device, database

ACTOR = "command line"


@click.group()
def command() -> None:
    """Devices: pre-authorise, approve and revoke them."""


@command.command()
@click.argument("name")
@click.option("--replace", is_flag=True, help="A new key for the device of this name; its cameras stay.")
@click.option("--valid-hours", type=click.IntRange(1, 720), default=24, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def add(name: str, replace: bool, valid_hours: int, as_json: bool) -> None:
    """Pre-authorise a device; prints the one-time token that it enrols with."""
    if not name.strip() or len(name) > 120 or not name.isprintable():
        raise click.BadParameter("1 to 120 printable characters", param_hint="NAME")
    with opened(), database.atomic():
        device, token = enrolment.preauthorise(name.strip(), timedelta(hours=valid_hours), replace=replace)
        audit.record(ACTOR, "device.preauthorise", f"device {device.id}", None, {"name": name})
    click.echo(json.dumps({"id": device.id, "token": token}) if as_json else f"{device.id}: token {token}")


@command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_devices(as_json: bool) -> None:
    """Every device, by name."""
    with opened():
        for device in devices.listing(None):
            shown = {"id": device.id, "name": device.name, "state": device.state, "online": device.online}
            text = f"{device.id:24} {device.state:14} {'online' if device.online else 'offline':8} {device.name}"
            click.echo(json.dumps(shown) if as_json else text)


@command.command()
@click.argument("device_id", metavar="ID")
def approve(device_id: str) -> None:
    """Let a pending device in."""
    with opened() as settings, database.atomic():
        authority = CertificateAuthority.open(settings.secrets_dir)
        device = _found(enrolment.approve(device_id, authority), device_id)
        audit.record(ACTOR, "device.approve", f"device {device_id}", {"state": "pending"}, {"state": device.state})
    click.echo(f"{device_id} approved")


@command.command()
@click.argument("device_id", metavar="ID")
def revoke(device_id: str) -> None:
    """Shut a device out."""
    with opened(), database.atomic():
        _found(enrolment.revoke(device_id), device_id)
        audit.record(ACTOR, "device.revoke", f"device {device_id}", None, {"state": "revoked"})
    click.echo(f"{device_id} revoked")


def _found(device: Device | None, device_id: str) -> Device:
    if device is None:
        raise NotFound(f"no device {device_id}")
    return device
