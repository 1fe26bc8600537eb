"""watchpost-hub: the command line of the centre; each command lives in hub/commands/, imported when called."""

from importlib import import_module

import click

COMMANDS = (
    "demo",
    "serve",
    "ingest",
    "jobs",
    "relay",
    "broker",
    "guard",
    "certificate",
    "migrate",
    "user",
    "device",
    "keys",
    "letters",
    "backup",
    "restore",
)


class LazyCommands(click.Group):
    """A group whose commands are imported when first asked for, so that `--help` never loads Flask or aiortc."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"hub.commands.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="watchpost")
def main() -> None:
    """Watchpost at the centre: users, cameras, devices and alerts, and the live dashboard."""
