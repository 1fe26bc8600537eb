"""`watchpost-edge detect`: faces in still pictures."""

import json
import sys
from collections.abc import Iterator
from math import log
from pathlib import Path

import click
import cv2

from edge.detect.blazeface import Detectors, load_detectors
from edge.detect.letterbox import RgbImage
from edge.detect.search import find_faces
from edge.errors import ModelError
from edge.stream.annotate import BOX_RGB
from edge.tools.stills import Still, StillError, read_still
from edge.values import Face


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option(
    "--annotate", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Write pictures with boxes."
)
@click.option(
    "--min-score", type=click.FloatRange(0.01, 0.99), default=0.73, show_default=True, help="Least probability."
)
@click.option("--min-size", type=click.FloatRange(8, 4096), default=20, show_default=True, help="Pixels of height.")
def command(files: tuple[Path, ...], as_json: bool, annotate: Path | None, min_score: float, min_size: float) -> None:
    """Find faces in pictures (JPEG, PNG, GIF, WebP).

    Boxes are in pixels of the file as stored. A bad file is told on stderr and does not stop the others.
    """
    detectors = _detectors()
    pictures = Pictures(annotate) if annotate else None
    failed = False
    for path in _with_progress(files):
        try:
            still = read_still(path)
            faces = find_faces(detectors, RgbImage(still.upright), min_size, log(min_score / (1 - min_score)))
            if pictures:
                pictures.write(path, still, faces)
        except StillError as error:
            failed = True
            click.echo(f"Error: {path}: {error}", err=True)
        else:
            _say(path, still, faces, as_json)
    if failed:
        sys.exit(1)


JPEG = (cv2.IMWRITE_JPEG_QUALITY, 92, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444)
"""Full colour resolution keeps thin lines green."""


class Pictures:
    """Writes annotated pictures into one folder; files of one name get numbers."""

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise click.ClickException(f"{folder}: {error.strerror}") from error
        self._folder = folder
        self._names: set[str] = set()

    def write(self, path: Path, still: Still, faces: tuple[Face, ...]) -> None:
        bgr = cv2.cvtColor(still.upright, cv2.COLOR_RGB2BGR)
        line = max(2, round(max(bgr.shape) / 400))
        for face in faces:
            box = face.box
            corners = (round(box.x), round(box.y)), (round(box.x + box.w), round(box.y + box.h))
            cv2.rectangle(bgr, *corners, BOX_RGB[::-1], line)
        target = self._folder / self._free_name(path.stem)
        if not cv2.imwrite(str(target), bgr, JPEG):
            raise StillError(f"cannot write {target}")

    def _free_name(self, stem: str) -> str:
        name, number = f"{stem}.jpg", 1
        while name in self._names:
            number += 1
            name = f"{stem}-{number}.jpg"
        self._names.add(name)
        return name


def _detectors() -> Detectors:
    try:
        return load_detectors()
    except ModelError as error:
        raise click.ClickException(str(error)) from error


def _with_progress(files: tuple[Path, ...]) -> Iterator[Path]:
    """A bar on stderr for who sends the answers elsewhere; on a terminal the answers themselves show the progress."""
    if sys.stderr.isatty() and not sys.stdout.isatty():
        with click.progressbar(files, file=sys.stderr) as bar:
            yield from bar
    else:
        yield from files


def _say(path: Path, still: Still, faces: tuple[Face, ...], as_json: bool) -> None:
    boxes = [still.stored(face.box) for face in faces]
    found = [
        {"box": [round(value, 1) for value in (box.x, box.y, box.w, box.h)], "score": round(face.score, 4)}
        for box, face in zip(boxes, faces, strict=True)
    ]
    if as_json:
        click.echo(json.dumps({"file": str(path), "width": still.width, "height": still.height, "faces": found}))
        return
    click.echo(f"{path}: {len(faces)} face{'' if len(faces) == 1 else 's'}")
    for item in found:
        click.echo(f"  {item['score']:.2f}  at {item['box']}")
