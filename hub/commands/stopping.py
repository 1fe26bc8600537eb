"""SIGTERM and Ctrl-C as an event that a program looks at."""

import signal
from threading import Event


def stop_event() -> Event:
    """What either of them sets from now on."""
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop
