"""Waiting for what other threads, processes or machines bring about."""

import time
from collections.abc import Callable


def until(condition: Callable[[], object], what: str = "it", patience_s: float = 20.0, pause_s: float = 0.02) -> float:
    """Seconds until it came true, asked every `pause_s`; AssertionError when it did not within `patience_s`."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < patience_s, f"{what} never came"
        time.sleep(pause_s)
    return time.monotonic() - began
