"""A device that answers commands at once, for tests of pages: what it says stands in `answers`, by action."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import cv2
import numpy as np

from hub.store import commands
from hub.store.models import Command, database

LOOK_S = 0.05
Answers = dict[str, dict[str, Any] | Callable[[Command], dict[str, Any]]]


def a_picture(width: int = 320, height: int = 180) -> bytes:
    """A grey JPEG."""
    _, data = cv2.imencode(".jpg", np.full((height, width, 3), 90, np.uint8))
    return data.tobytes()


@contextmanager
def answering(answers: Answers) -> Iterator[None]:
    """Answer every command while the block runs; an action that is not named stays unanswered."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(LOOK_S):
            with database.connection_context():
                for command in list(Command.select().where(Command.answered_at.is_null())):
                    if (said := answers.get(command.action)) is not None:
                        values = said(command) if callable(said) else said
                        at = datetime.now(UTC)
                        commands.answer(command.device_id, command.id, {"answered_at": at, **values})

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
