"""The publishing thread on its own: what it says when viewers leave, and what it forgets of them."""

from collections.abc import Iterator

import numpy as np
import pytest
from waiting import until

from edge.clock import SystemClock
from edge.pipeline.meter import Meter
from edge.pipeline.streaming import Streaming
from edge.stream.boxed import Shot
from edge.stream.outflow import Outlet
from edge.values import Planes
from edge.wire.messages import StreamState

Told = list[tuple[StreamState, str]]


def shot() -> Shot:
    chroma = np.full((120, 160), 128, np.uint8)
    return Shot(Planes(np.full((240, 320), 90, np.uint8), chroma, chroma), (), 1.0, 1.0)


@pytest.fixture
def told() -> Told:
    return []


@pytest.fixture
def streaming(told: Told) -> Iterator[Streaming]:
    """Publishes to a media server that is not there."""
    streaming = Streaming(
        Outlet(lambda: "rtsp://127.0.0.1:1/7"),
        lambda state, reason: told.append((state, reason)),
        Meter("7"),
        SystemClock(),
    )
    streaming.start("publish")
    yield streaming
    streaming.stop()
    streaming.join(5.0)


def watched(streaming: Streaming) -> None:
    streaming.want(True, 0)
    until(lambda: streaming.hungry)


def test_a_failure_that_nobody_watches_any_more_is_over(streaming: Streaming, told: Told) -> None:
    watched(streaming)
    streaming.offer(shot())
    until(lambda: told[-1] == (StreamState.FAILED, "media server: connection refused"))
    streaming.want(False, 0)
    until(lambda: told[-1] == (StreamState.STOPPED, ""))


def test_the_next_viewer_gets_no_picture_of_the_one_before(streaming: Streaming, told: Told) -> None:
    watched(streaming)
    streaming.want(False, 0)
    until(lambda: told[-1] == (StreamState.STOPPED, ""))
    streaming.offer(shot())
    watched(streaming)
    assert streaming.take_dropped() == 1
    assert told[-1] == (StreamState.STARTING, "")
