"""`watchpost-edge probe`: open a camera and say what it sends, or in words why it does not."""

import json
from pathlib import Path

import click

from edge.clock import SystemClock
from edge.commands.replay import named
from edge.device.probing import Probed, probe
from edge.errors import CameraError


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on one line.")
@click.option("--save", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Keep the picture (JPEG).")
@click.argument("url")
def command(as_json: bool, save: Path | None, url: str) -> None:
    """Open URL (rtsp://, rtsps://, v4l2:///dev/video0, picamera://0 or a file) and show its first picture's facts."""
    try:
        with named(url):
            probed = probe(url, SystemClock())
        if save is not None:
            save.write_bytes(probed.jpeg)
    except CameraError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{save}: {error.strerror}") from None
    click.echo(json.dumps(_record(probed)) if as_json else _line(probed))


def _record(probed: Probed) -> dict[str, object]:
    video = probed.video
    return {
        "event": "probe",
        "address": probed.address,
        "codec": video.codec,
        "width": video.width,
        "height": video.height,
        "fps": round(video.fps, 3),
        "opened_s": round(probed.opened_s, 3),
        "first_frame_s": round(probed.first_picture_s, 3),
    }


def _line(probed: Probed) -> str:
    video = probed.video
    rate = f"{video.fps:.4g} frames a second" if video.fps else "frame rate unknown"
    return (
        f"{probed.address}: {video.codec} {video.width}x{video.height}, {rate}, first frame after "
        f"{probed.first_picture_s:.2f} s"
    )
