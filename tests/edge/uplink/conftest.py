"""A real broker, a hub behind it and a device before it, all ended when the test is over."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from real_broker import FakeHub, RealBroker
from uplink_site import Site


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def broker(tmp_path: Path, stack: ExitStack) -> RealBroker:
    broker = RealBroker(tmp_path)
    stack.callback(broker.kill)
    return broker


@pytest.fixture
def hub(broker: RealBroker, stack: ExitStack) -> FakeHub:
    hub = FakeHub(broker)
    stack.callback(hub.stop)
    return hub


@pytest.fixture
def site(tmp_path: Path, stack: ExitStack) -> Site:
    return Site(tmp_path, stack)
