"""The self-test of a running agent: the same parts, its cameras asked how they are instead of opened a second time."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial

from edge.clock import Clock
from edge.config import Config
from edge.device import selftest
from edge.device.selftest import Check, Part, Red
from edge.wire.messages import CameraReported, CameraState, Checked, Selftest

DETAIL = 160  # of 300 parts, so that a message stays well below the limit of its kind


def checkup(config: Config, clock: Clock, cameras: Callable[[], Iterable[CameraReported]]) -> Selftest:
    """Look at every part now; takes as long as the slowest, some seconds at most."""
    looks = [Part(f"camera {camera.id}"[:80], partial(check_running, camera)) for camera in cameras()]
    checks = tuple(_checked(check) for check in selftest.run(config, clock, looks))
    return Selftest(datetime.fromtimestamp(clock.wall(), UTC), checks)


def red_parts(result: Selftest) -> list[str]:
    """What is not as it should be."""
    return [check.part for check in result.checks if not check.ok]


def check_running(camera: CameraReported) -> str:
    """What a running camera gives; Red with the reason while it gives nothing."""
    if camera.state is CameraState.DISABLED:
        return "disabled"
    if camera.state is not CameraState.ONLINE:
        raise Red(camera.reason or str(camera.state))
    return f"{camera.codec} {camera.width}x{camera.height}"


def _checked(check: Check) -> Checked:
    detail = "".join(letter if letter.isprintable() else " " for letter in check.detail)
    return Checked(check.part, check.ok, detail[:DETAIL])
