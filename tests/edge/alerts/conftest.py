"""A clock that tests move, and where an outbox may lie."""

from pathlib import Path

import pytest
from moved_clock import MovedClock


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.db"
