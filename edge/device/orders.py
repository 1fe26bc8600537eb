"""What a hub may ask of a device at once: a picture, a look at an address or at itself; done beside the rest."""

import logging
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, Full, Queue
from threading import Event

from edge import worker
from edge.device.probing import Probed
from edge.errors import CameraError
from edge.wire.messages import Action, Answer, Command

log = logging.getLogger(__name__)

LIMIT = 8
TICK_S = 0.5


class Orders:
    """Does one command after the other on its own thread; more than LIMIT waiting are refused.

    `self_test` looks at the device, tells the hub, and gives the parts that are red.
    """

    def __init__(
        self,
        snapshot: Callable[[str], bytes],
        probe: Callable[[str], Probed],
        self_test: Callable[[], list[str]],
        answer: Callable[[Answer], None],
    ) -> None:
        self._snapshot = snapshot
        self._probe = probe
        self._self_test = self_test
        self._answer = answer
        self._waiting: Queue[Command | None] = Queue(LIMIT)
        self._stopping = Event()

    def start(self) -> None:
        """Start the thread."""
        worker.start("orders", self._run)

    def stop(self) -> None:
        """Do no more; what is being done is not waited for."""
        self._stopping.set()

    def take(self, command: Command) -> None:
        """Do this in its turn."""
        try:
            self._waiting.put_nowait(command)
        except Full:
            self._answer(Answer(command.command_id, error="too many commands at once"))

    def look_at_self(self) -> None:
        """A self-test that nobody asked for; not now if there is much to do."""
        with suppress(Full):
            self._waiting.put_nowait(None)

    def done(self, command: Command) -> Answer:
        """What comes of a command, now."""
        try:
            if command.action is Action.SELFTEST:
                return Answer(command.command_id, details={"red": ", ".join(self._self_test())[:500]})
            if command.action is Action.SNAPSHOT:
                return Answer(command.command_id, picture=self._snapshot(command.camera))
            return _looked(command, self._probe(command.url))
        except CameraError as error:
            return Answer(command.command_id, error=str(error)[:500])

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                command = self._waiting.get(timeout=TICK_S)
            except Empty:
                continue
            if command is None:
                self._self_test()
            else:
                self._answer(self.done(command))


def _looked(command: Command, probed: Probed) -> Answer:
    video = probed.video
    details: dict[str, str | int | float] = {
        "codec": video.codec,
        "width": video.width,
        "height": video.height,
        "fps": round(video.fps, 3),
        "opened_s": round(probed.opened_s, 3),
        "first_frame_s": round(probed.first_picture_s, 3),
    }
    return Answer(command.command_id, picture=probed.jpeg, details=details)
