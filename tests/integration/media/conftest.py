"""A hub beside each media server that can be had."""

from collections.abc import Iterator

import pytest
from media_rig import KINDS, MediaRig, need, running_rig


@pytest.fixture(scope="module", params=KINDS)
def rig(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MediaRig]:
    need(request.param)
    with running_rig(request.param, tmp_path_factory.mktemp(request.param)) as running:
        yield running
