"""watchpost-edge: the command line of a device; each command lives in edge/commands/, imported when called."""

from importlib import import_module

import click

COMMANDS = ("run", "enroll", "selftest", "detect", "replay", "bench", "models", "probe", "outbox")


class LazyCommands(click.Group):
    """A group whose commands are imported when first asked for, so that `--help` never loads OpenCV."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"edge.commands.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="watchpost")
def main() -> None:
    """Watchpost on the device: find faces on cameras, publish the boxed video, send one alert per visit."""
