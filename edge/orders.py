"""What a hub may ask of a device at once: a picture, a look at an address; done beside the rest, answered once."""

import logging
from collections.abc import Callable
from queue import Empty, Full, Queue
from threading import Event

from edge import worker
from edge.errors import CameraError
from edge.probing import Probed
from edge.wire.messages import Action, Answer, Command

log = logging.getLogger(__name__)

LIMIT = 8
TICK_S = 0.5


class Orders:
    """Does one command after the other on its own thread; more than LIMIT waiting are refused."""

    def __init__(
        self,
        snapshot: Callable[[str], bytes],
        probe: Callable[[str], Probed],
        answer: Callable[[Answer], None],
    ) -> None:
        self._snapshot = snapshot
        self._probe = probe
        self._answer = answer
        self._waiting: Queue[Command] = Queue(LIMIT)
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

    def done(self, command: Command) -> Answer:
        """What comes of a command, now."""
        try:
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
            self._answer(self.done(command))


def _looked(command: Command, probed: Probed) -> Answer:
    video = probed.video
    details: dict[str, str | int | float] = {
        "codec": video.codec,
        "width": video.width,
        "height": video.height,
        "fps": round(video.fps, 3),
        "first_frame_s": round(probed.first_picture_s, 3),
    }
    return Answer(command.command_id, picture=probed.jpeg, details=details)
