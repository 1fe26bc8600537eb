"""What the viewfinder answers: a page, each camera's picture as it is now with its faces framed, and what is known."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Protocol
from urllib.parse import unquote

from edge.alerts.snapshot import framed_snapshot
from edge.clock import Clock
from edge.values import Seen
from edge.wire.messages import CameraDesired, CameraReported

KINDS = {"html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
JSON, JPEG, TEXT = "application/json", "image/jpeg", "text/plain; charset=utf-8"
PAGE = {"/": "index.html", "/viewfinder.css": "viewfinder.css", "/viewfinder.js": "viewfinder.js"}


class Watched(Protocol):
    """A running camera."""

    def reported(self) -> CameraReported:
        """As it is now."""

    def seen(self) -> Seen | None:
        """The newest picture and its faces, None before the first."""


Cameras = Callable[[], Sequence[tuple[CameraDesired, Watched]]]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of HTTP."""

    status: int
    kind: str
    body: bytes = field(repr=False)


NOT_FOUND = Reply(404, TEXT, b"there is no such page\n")


class Pages:
    """Answers paths; may be asked from any thread."""

    def __init__(self, cameras: Cameras, clock: Clock) -> None:
        self._cameras = cameras
        self._clock = clock

    def reply(self, path: str) -> Reply:
        """The answer to GET `path` (without its query)."""
        if path in PAGE:
            return _file(PAGE[path])
        if path == "/cameras.json":
            return Reply(200, JSON, json.dumps([self._facts(*pair) for pair in self._cameras()]).encode())
        if path.startswith("/picture/"):
            return self._picture(unquote(path.removeprefix("/picture/")))
        return NOT_FOUND

    def _picture(self, camera_id: str) -> Reply:
        for camera, running in self._cameras():
            seen = running.seen() if camera.id == camera_id else None
            if seen is not None:
                return Reply(200, JPEG, framed_snapshot(seen.frame.planes, seen.boxes))
        return NOT_FOUND

    def _facts(self, camera: CameraDesired, running: Watched) -> dict[str, Any]:
        reported, seen, rules = running.reported(), running.seen(), camera.settings
        return {
            "id": camera.id,
            "name": camera.name,
            "state": reported.state,
            "reason": reported.reason,
            "codec": reported.codec,
            "width": reported.width,
            "height": reported.height,
            "fps": reported.fps,
            "age_s": None if seen is None else round(self._clock.wall() - seen.frame.captured_at, 1),
            "face_px": [] if seen is None else [round(box.h) for box in seen.boxes],
            "min_face_px": rules.min_face_px,
            "include": rules.include,
            "exclude": rules.exclude,
        }


def _file(name: str) -> Reply:
    body = files("edge.viewfinder").joinpath("page", name).read_bytes()
    return Reply(200, KINDS[name.rpartition(".")[2]], body)
