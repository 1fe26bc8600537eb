"""`watchpost-provision inventory`: the hub's devices for Ansible, as `ansible-inventory -i` calls it."""

import json
from pathlib import Path
from typing import Any

import click

from provisioning.errors import HubUnreachable, ProvisionError
from provisioning.hub import Hub
from provisioning.inventory import host_variables, inventory


@click.command()
@click.option("--list", "whole", is_flag=True, help="The whole inventory (what happens without --host).")
@click.option("--host", help="The variables of one device.")
@click.option("--hub", "url", envvar="WATCHPOST_HUB", show_envvar=True, required=True, help="Where the hub is.")
@click.option("--token", envvar="WATCHPOST_API_TOKEN", show_envvar=True, help="An access token of an admin.")
@click.option(
    "--token-file",
    envvar="WATCHPOST_API_TOKEN_FILE",
    show_envvar=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file that holds the access token.",
)
@click.option("--user", envvar="WATCHPOST_API_USER", show_envvar=True, help="Log in as this user instead.")
@click.option(
    "--password-file",
    envvar="WATCHPOST_API_PASSWORD_FILE",
    show_envvar=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file that holds that user's password.",
)
@click.option(
    "--ca",
    envvar="WATCHPOST_HUB_CA",
    show_envvar=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The CA of the hub's HTTPS.",
)
@click.option("--domain", envvar="WATCHPOST_DEVICE_DOMAIN", show_envvar=True, default="", help="local: door.local.")
def command(**options: Any) -> None:
    """Ansible dynamic inventory: groups edge, edge_online, edge_pending and edge_revoked."""
    if options["whole"] and options["host"]:
        raise click.UsageError("--list and --host exclude each other")
    try:
        devices = _devices(_hub(options))
    except ProvisionError as error:
        raise click.ClickException(str(error)) from error
    if options["host"] is None:
        click.echo(json.dumps(inventory(devices, options["domain"]), indent=2))
        return
    named = [device for device in devices if device["id"] == options["host"]]
    click.echo(json.dumps(host_variables(named[0], options["domain"]) if named else {}))


def _hub(options: dict[str, Any]) -> Hub:
    url, ca_file = options["url"].rstrip("/"), options["ca"]
    if not options["user"]:
        return Hub(url, _token(options["token"], options["token_file"]), ca_file)
    if not options["password_file"]:
        raise click.UsageError("--user needs --password-file")
    return Hub(url, "", ca_file).logged_in(options["user"], _text(options["password_file"]))


def _devices(hub: Hub) -> list[dict[str, Any]]:
    answer = hub.get("/api/devices")
    items = answer.get("items") if isinstance(answer, dict) else answer
    if not isinstance(items, list) or not all(isinstance(item, dict) and "state" in item for item in items):
        raise HubUnreachable(f"{hub.url} does not answer like a hub (no list of devices)")
    return items


def _token(token: str | None, token_file: Path | None) -> str:
    if token and token_file:
        raise click.UsageError("give --token or --token-file, not both")
    text = token or (_text(token_file) if token_file else "")
    if not text:
        raise click.UsageError("who asks? --token-file, WATCHPOST_API_TOKEN_FILE, WATCHPOST_API_TOKEN, or --user")
    return text


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ProvisionError(f"{path} cannot be read: {error}") from None
