"""watchpost-hub user: accounts without the dashboard, for instance the first one."""

import json
import re
import secrets
import sys
from datetime import UTC, datetime

import click

from hub.api.kinds import USERNAME
from hub.auth.passwords import Passwords
from hub.commands.opened import opened
from hub.errors import NotFound
from hub.store import audit, users
from hub.store.models import database

ACTOR = "command line"
SHORTEST, LONGEST = 8, 128


@click.group()
def command() -> None:
    """Accounts: who may log in, and as what."""


@command.command()
@click.argument("name")
@click.option("--role", type=click.Choice(["admin", "operator", "viewer"]), default="viewer", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--generate", is_flag=True, help="Make a password and print it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def add(name: str, role: str, password_stdin: bool, generate: bool, as_json: bool) -> None:
    """Make an account. Without a terminal, and without --password-stdin, the password is made and printed."""
    if not re.fullmatch(USERNAME, name):
        raise click.BadParameter("letters, digits and . _ @ + - only, at most 64", param_hint="NAME")
    made = generate or not (password_stdin or sys.stdin.isatty())
    password = secrets.token_urlsafe(12) if made else _given(password_stdin)
    with opened() as settings, database.atomic():
        user = users.create(name, Passwords(settings.secrets_dir).hashed(password), role)
        audit.record(ACTOR, "user.create", f"user {user.id}", None, {"username": name, "role": role})
    shown = {"id": user.id, "username": name, "role": role} | ({"password": password} if made else {})
    text = f"{role} {name} added" + (f"; password: {password}" if made else "")
    click.echo(json.dumps(shown) if as_json else text)


@command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_users(as_json: bool) -> None:
    """Everybody, by name."""
    with opened():
        for user in users.listing():
            shown = {"id": user.id, "username": user.username, "role": user.role, "disabled": bool(user.disabled_at)}
            text = f"{user.username:24} {user.role:9} {'disabled' if user.disabled_at else ''}".rstrip()
            click.echo(json.dumps(shown) if as_json else text)


@command.command()
@click.argument("name")
def disable(name: str) -> None:
    """Shut an account; its sessions end at once."""
    with opened(), database.atomic():
        user = users.by_name(name)
        if user is None:
            raise NotFound(f"no user {name}")
        users.change(user, {"disabled_at": datetime.now(UTC)}, None, cameras_given=False)
        audit.record(ACTOR, "user.change", f"user {user.id}", {"disabled": False}, {"disabled": True})
    click.echo(f"{user.username} disabled")


def _given(from_stdin: bool) -> str:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    if not SHORTEST <= len(password) <= LONGEST:
        raise click.BadParameter(f"{SHORTEST} to {LONGEST} characters", param_hint="password")
    return password
