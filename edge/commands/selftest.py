"""`watchpost-edge selftest`: green or red per part."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from edge import config as configuration
from edge.clock import SystemClock
from edge.commands.config_option import config_option
from edge.errors import WatchpostError


@click.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(config_path: Path, as_json: bool) -> None:
    """Look at every part of this device; exit 1 if one is red."""
    try:
        config = configuration.load(config_path)
    except WatchpostError as error:
        raise click.ClickException(str(error)) from None
    from edge.device import selftest

    red = []
    for check in selftest.run(config, SystemClock()):
        if as_json:
            click.echo(json.dumps({"event": "check", **asdict(check)}))
        else:
            word = click.style("green", fg="green") if check.ok else click.style("red  ", fg="red")
            click.echo(f"{word}  {check.part:<10} {check.detail}")
        red += [] if check.ok else [check.part]
    if as_json:
        click.echo(json.dumps({"event": "summary", "ok": not red, "red": red}))
    if red:
        raise click.ClickException(f"red: {', '.join(red)}")
