"""watchpost-hub migrate: bring the database to this program's structure, and prove that it is there."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import click

from hub.commands.opened import settled
from hub.store import drift, migrate
from hub.store.location import database_at


@click.group()
def command() -> None:
    """Bring the database to this program's structure."""


@command.command()
def up() -> None:
    """Apply what is pending."""
    with _database() as url:
        for name in migrate.up(url) or ["nothing to do"]:
            click.echo(name)


@command.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def status(as_json: bool) -> None:
    """Which migrations are applied and which are pending."""
    with _database() as url:
        states = migrate.status(url)
    for state in states:
        applied = state.applied_at.isoformat(timespec="seconds") if state.applied_at else None
        line = {"name": state.name, "applied_at": applied, "trouble": state.trouble}
        click.echo(json.dumps(line) if as_json else f"{applied or 'pending':26} {state.name}  {state.trouble}".rstrip())


@command.command()
def check() -> None:
    """Compare database, migrations and models; exit 1 on any difference."""
    with _database() as url:
        differences = drift.check(url)
    for line in differences:
        click.echo(line)
    if differences:
        raise click.ClickException(f"{len(differences)} differences between database, migrations and models")
    click.echo("database, migrations and models agree")


@command.command()
@click.argument("name")
def new(name: str) -> None:
    """Write the next, empty migration file."""
    click.echo(migrate.new(name))


@contextmanager
def _database() -> Iterator[str]:
    """The database of the settings; expected trouble ends the command with one line."""
    with settled() as settings, database_at(settings) as url:
        yield url
