"""watchpost-hub demo: everything on this machine, on loopback, with real faces."""

import json
import sys
import webbrowser
from pathlib import Path

import click

from hub.commands.disk import told_in_one_line
from hub.commands.stopping import stop_event
from hub.demo.compose import Demo, Ready
from hub.errors import HubError
from hub.store.errors import StoreError

DEFAULT_DIR = Path("demo-data")


@click.command()
@click.option("--source", "sources", multiple=True, metavar="URL|FILE", help="A camera, file or URL; may be repeated.")
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), default=DEFAULT_DIR, show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="The dashboard's port.")
@click.option("--no-browser", is_flag=True, help="Do not open the dashboard in a browser.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line on standard output.")
def command(sources: tuple[str, ...], data_dir: Path, port: int, no_browser: bool, as_json: bool) -> None:
    """Run everything on this machine: PostgreSQL, broker, hub, media and one enrolled edge agent.

    Without a source: a camera of this machine if there is one, else two built-in scenes. Ctrl-C stops it all.
    """
    stop = stop_event()

    def step(text: str) -> None:
        if sys.stderr.isatty() and not as_json:
            click.echo(click.style(f"  {text} ...", dim=True), err=True)

    def ready(facts: Ready) -> None:
        click.echo(json.dumps({"event": "ready", **facts.public()}) if as_json else _welcome(facts))
        sys.stdout.flush()
        if sys.stdout.isatty() and not (no_browser or as_json):
            webbrowser.open(facts.url)

    try:
        with told_in_one_line(data_dir.resolve(), "--data-dir"):
            Demo(data_dir.resolve(), port, sources, step).run(stop, ready)
    except (HubError, StoreError) as error:
        raise click.ClickException(str(error)) from None


def _welcome(facts: Ready) -> str:
    return (
        f"\nWatchpost is running. Open {facts.url}\n"
        f"  user name  {facts.username}\n  password   {facts.password}\n"
        f"Video by {facts.media}, messages by {facts.broker}; all data in {facts.data_dir}. Ctrl-C stops it.\n"
    )
