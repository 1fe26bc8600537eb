"""Visit reports for tests: whole, small and different from each other."""

from uuid import UUID, uuid4

from edge.values import Box, VisitReport

JPEG = bytes.fromhex("ffd8ffe000104a46494600") + b"a face" * 20 + bytes.fromhex("ffd9")


def opening(visit_id: UUID | None = None, *, picture: bytes = JPEG, at: float = 1000.0) -> VisitReport:
    """A visit that has just begun, at `at` (UTC seconds)."""
    return VisitReport(visit_id or uuid4(), "7", at, None, 1, 0.9, Box(10, 20, 30, 40), picture)


def closing(visit_id: UUID | None = None, *, picture: bytes = JPEG, at: float = 1000.0) -> VisitReport:
    """The same visit 5 s later, over."""
    return VisitReport(visit_id or uuid4(), "7", at, at + 5, 2, 0.95, Box(11, 21, 31, 41), picture)
