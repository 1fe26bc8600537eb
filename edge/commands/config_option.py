"""The option with which every command of a running device finds its settings."""

from pathlib import Path

import click

config_option = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    default=Path("/etc/watchpost/edge.toml"),
    show_default=True,
    help="The device's settings.",
)
