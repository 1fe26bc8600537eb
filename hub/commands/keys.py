"""watchpost-hub keys: the keys that sign tokens and those that seal camera addresses, replaced while the hub runs."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256

import click

from hub.auth import keys as signing
from hub.commands.opened import opened
from hub.errors import HubError
from hub.fleet import resealing
from hub.secrets import Sealer, sealing_keys
from hub.settings import Settings
from hub.store import audit
from hub.store.db import connection_pool
from hub.store.picture_lock import pictures_to_change

ACTOR = "command line"
KINDS = ("signing", "sealing")


@click.group()
def command() -> None:
    """Keys: what signs the hub's tokens (ES256), and what seals camera addresses in the database (Fernet)."""


@command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_keys(as_json: bool) -> None:
    """Every key at hand, the newest of each kind first; never the keys themselves."""
    with opened() as settings:
        for line in (*_signing(settings), *_sealing(settings)):
            text = f"{line['kind']:8} {line['id']:44} {line['made_at'] or 'unknown':26} {line['does']}"
            click.echo(json.dumps(line) if as_json else text)


@command.command()
@click.argument("kind", type=click.Choice([*KINDS, "all"]), default="all")
@click.option("--drop-old", is_flag=True, help="Signing: nothing that an old key signed is good any more.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def rotate(kind: str, drop_old: bool, as_json: bool) -> None:
    """Make new keys. Running programs use them at once.

    An old signing key verifies until the last of its tokens has ended, 30 days later; with --drop-old everybody has to
    log in again now. Camera addresses are sealed anew, then the old sealing keys are gone.
    """
    if drop_old and kind == "sealing":
        raise click.UsageError("--drop-old is for signing keys; old sealing keys are always dropped")
    with opened() as settings:
        for one in KINDS if kind == "all" else (kind,):
            told = _sign_anew(settings, drop_old) if one == "signing" else _seal_anew(settings)
            audit.record(ACTOR, f"keys.{one}", "keys", None, told)
            click.echo(json.dumps({"kind": one, **told}) if as_json else _sentence(one, told))


def _sign_anew(settings: Settings, drop_old: bool) -> dict[str, object]:
    after = signing.rotate(settings.secrets_dir, datetime.now(UTC), drop_old=drop_old)
    return {"id": after.current.kid, "still_verifying": len(after.good()) - 1}


def _seal_anew(settings: Settings) -> dict[str, object]:
    """Not while a backup is made: it would hold addresses sealed with one key, and another key."""
    pool = connection_pool(settings.database_url, pool=1, program="watchpost-hub keys")
    try:
        with pool.connection_context(), pictures_to_change(pool) as free:
            if not free:
                raise HubError("a backup is being made; try again when it is done")
            done = resealing.rotate(settings.secrets_dir, _sealer(settings))
    finally:
        pool.close_all()
    return {"id": _fingerprint(_sealer(settings).newest), "cameras": done.cameras, "dropped": done.dropped}


def _sentence(kind: str, told: dict[str, object]) -> str:
    if kind == "signing":
        return f"signing: {told['id']} signs from now on, {told['still_verifying']} older ones still verify"
    return (
        f"sealing: {told['id']} seals from now on, {told['cameras']} cameras sealed anew, {told['dropped']} old dropped"
    )


def _signing(settings: Settings) -> Iterator[dict[str, str]]:
    for key in signing.SigningKeys.open(settings.secrets_dir).good():
        made = "" if key.made_at == signing.LONG_AGO else key.made_at.isoformat(timespec="seconds")
        until = key.verifies_until
        does = f"verifies until {until.isoformat(timespec='seconds')}" if until else "signs"
        yield {"kind": "signing", "id": key.kid, "made_at": made, "does": does}


def _sealing(settings: Settings) -> Iterator[dict[str, str]]:
    newest = _sealer(settings).newest
    if newest not in sealing_keys(settings.secrets_dir):
        yield {"kind": "sealing", "id": _fingerprint(newest), "made_at": "", "does": "seals (WATCHPOST_SECRET_KEY)"}
    for key in sealing_keys(settings.secrets_dir):
        does = "seals" if key == newest else "opens"
        yield {"kind": "sealing", "id": _fingerprint(key), "made_at": "", "does": does}


def _sealer(settings: Settings) -> Sealer:
    return Sealer.open(settings.secrets_dir, settings.secret_key, settings.secret_key_before)


def _fingerprint(key: bytes) -> str:
    return sha256(key).hexdigest()[:16]
