"""The last desired state, kept on the device so that it starts and works with no network at all."""

import logging
from dataclasses import replace
from pathlib import Path

from edge.durable import write_file
from edge.wire.codec import decode, encode
from edge.wire.errors import WireError
from edge.wire.messages import Desired

log = logging.getLogger(__name__)


class DesiredFile:
    """`desired.cbor` in the state directory, for its owner only: it holds the cameras' passwords."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / "desired.cbor"
        self._kept: Desired | None = None

    def load(self) -> Desired | None:
        """What was kept, with nobody watching; None when there is nothing (or nothing sound)."""
        try:
            desired = decode(Desired, self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, WireError) as error:
            log.warning("%s cannot be used: %s", self._path, error)
            return None
        self._kept = _unwatched(desired)
        return self._kept

    def keep(self, desired: Desired) -> None:
        """Keep this for the next start, unless only who watches has changed; a full disk is logged, no more."""
        unwatched = _unwatched(desired)
        if self._kept is not None and unwatched.cameras == self._kept.cameras:
            return
        try:
            write_file(self._path, encode(unwatched))
            self._kept = unwatched
        except OSError as error:
            log.warning("cannot keep the desired state: %s", error)

    def forget(self) -> None:
        """The hub it came from is no longer ours."""
        self._path.unlink(missing_ok=True)


def _unwatched(desired: Desired) -> Desired:
    return replace(desired, cameras=tuple(replace(camera, wanted=False, watched_px=0) for camera in desired.cameras))
