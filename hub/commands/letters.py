"""watchpost-hub letters: messages that went nowhere, to look at, to try again, to throw away."""

import json

import click

from hub.commands.opened import opened
from hub.ingest.commit import Committer
from hub.ingest.replay import replay
from hub.settings import MB
from hub.store import dead_letters
from hub.store.picture_place import pictures_of


@click.group()
def command() -> None:
    """Dead letters: messages of devices that could not be understood or placed."""


@command.command(name="list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_letters(limit: int, as_json: bool) -> None:
    """The newest first."""
    with opened():
        for letter in dead_letters.listing(limit):
            at = letter.received_at.isoformat(timespec="seconds")
            line = {"id": letter.id, "at": at, "topic": letter.topic, "reason": letter.reason}
            text = f"{letter.id:>8}  {at}  {letter.topic}  {letter.reason}"
            click.echo(json.dumps(line) if as_json else text)


@command.command(name="replay")
@click.argument("letter", type=click.IntRange(1, 2**53))
def replay_letter(letter: int) -> None:
    """Try one again, for instance once its camera belongs to its device."""
    with opened() as settings:
        committer = Committer(pictures_of(settings), settings.disk_reserve_mb * MB)
        reason = replay(letter, committer)
        committer.close()
    if reason:
        raise click.ClickException(f"letter {letter} stays: {reason}")
    click.echo(f"letter {letter} is stored")


@command.command()
@click.argument("letter", type=click.IntRange(1, 2**53))
def drop(letter: int) -> None:
    """Throw one away."""
    with opened():
        if dead_letters.take(letter) is None:
            raise click.ClickException("there is no such letter")
    click.echo(f"letter {letter} is gone")
