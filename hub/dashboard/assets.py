"""The dashboard's own files: read and compressed once, addressed by their content so browsers keep them for ever."""

import gzip
import mimetypes
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from flask import Request, Response

STATIC = Path(__file__).parent / "static"
COMPRESSED = frozenset({".css", ".js", ".svg", ".json", ".html", ".txt"})
FOR_EVER = "public, max-age=31536000, immutable"
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file in memory; `packed` is its gzip form, None where that gains nothing."""

    content_type: str
    plain: bytes
    packed: bytes | None


class Assets:
    """Every file below `root`, under one digest of all of them: relative imports between modules keep working.

    A URL with another digest (a page from before an update) gets today's file, not to be kept.
    """

    def __init__(self, root: Path = STATIC) -> None:
        paths = sorted(path for path in root.rglob("*") if path.is_file())
        self._assets = {path.relative_to(root).as_posix(): _load(path) for path in paths}
        self.digest = _digest(self._assets)

    def url(self, name: str) -> str:
        """The address of a file, e.g. `/assets/3f…/css/base.css`; KeyError for a file that is not there."""
        if name not in self._assets:
            raise KeyError(f"no such asset: {name}")
        return f"/assets/{self.digest}/{name}"

    def text(self, name: str) -> bytes:
        """The file itself; KeyError for a file that is not there."""
        return self._assets[name].plain

    def answer(self, digest: str, name: str, request: Request) -> Response:
        """The file as a response, compressed where the browser takes it; 404 for an unknown name."""
        asset = self._assets.get(name)
        if asset is None:
            return Response("no such file\n", 404, content_type="text/plain")
        packed = asset.packed if "gzip" in request.headers.get("Accept-Encoding", "") else None
        response = Response(packed or asset.plain, content_type=asset.content_type)
        response.headers["Cache-Control"] = FOR_EVER if digest == self.digest else "no-cache"
        response.headers["Vary"] = "Accept-Encoding"
        if packed is not None:
            response.headers["Content-Encoding"] = "gzip"
        return response


def _load(path: Path) -> Asset:
    plain = path.read_bytes()
    packed = gzip.compress(plain, 9, mtime=0) if path.suffix in COMPRESSED else None
    content_type = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(content_type, plain, packed if packed is not None and len(packed) < len(plain) else None)


def _digest(assets: dict[str, Asset]) -> str:
    summary = sha256()
    for name, asset in assets.items():
        summary.update(name.encode() + b"\0" + sha256(asset.plain).digest())
    return summary.hexdigest()[:16]
