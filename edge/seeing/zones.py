"""Where faces count: include and exclude polygons of a camera, in fractions of its picture. Pure."""

from collections.abc import Sequence

from edge.values import Box, Point
from edge.wire.messages import CameraSettings


def counts(box: Box, width: int, height: int, settings: CameraSettings) -> bool:
    """Whether the box's centre lies in an include polygon (if there is any) and in no exclude polygon."""
    centre = ((box.x + box.w / 2) / width, (box.y + box.h / 2) / height)
    if settings.include and not any(contains(polygon, centre) for polygon in settings.include):
        return False
    return not any(contains(polygon, centre) for polygon in settings.exclude)


def contains(polygon: Sequence[Point], point: Point) -> bool:
    """Whether a point lies in a polygon, by the even-odd rule (Shimrat, CACM 5(8), 1962)."""
    x, y = point
    inside = False
    for (x1, y1), (x2, y2) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            inside = not inside
    return inside
