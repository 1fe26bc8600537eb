"""From a pipeline's visit report to the wire's message, and the message that is left when its picture must go."""

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

from edge.values import Box, VisitReport
from edge.wire.messages import PICTURE_LIMIT, Visit


def message_of(report: VisitReport, sequence: int) -> Visit:
    """The message of one report; a picture too large for the wire stays behind, the visit does not."""
    picture = report.picture if len(report.picture) <= PICTURE_LIMIT else b""
    opened_at = datetime.fromtimestamp(report.opened_at, UTC)
    closed_at = None if report.closed_at is None else max(datetime.fromtimestamp(report.closed_at, UTC), opened_at)
    return Visit(
        visit_id=report.visit_id,
        camera=report.camera,
        opened_at=opened_at,
        closed_at=closed_at,
        faces=min(max(report.faces, 1), 1000),
        score=min(max(float(report.score), 0.0), 1.0),
        box=_inside(report.box),
        picture=picture,
        picture_sha256=sha256(picture).digest(),
        sequence=sequence,
    )


def without_picture(visit: Visit) -> Visit:
    """The same visit with an empty picture."""
    return replace(visit, picture=b"", picture_sha256=sha256(b"").digest())


def _inside(box: Box) -> tuple[float, float, float, float]:
    left, top = max(float(box.x), 0.0), max(float(box.y), 0.0)
    return left, top, max(float(box.x + box.w) - left, 0.0), max(float(box.y + box.h) - top, 0.0)
