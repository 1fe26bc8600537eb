"""watchpost-provision: cards and fleets; each command lives in provisioning/commands/, imported when called."""

from importlib import import_module

import click

COMMANDS = ("card", "image", "inventory")


class LazyCommands(click.Group):
    """A group whose commands are imported when first asked for, so that `--help` never loads cryptography."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"provisioning.commands.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="watchpost")
def main() -> None:
    """Watchpost for whoever sets it up: cards that enrol themselves, and the fleet for Ansible."""
