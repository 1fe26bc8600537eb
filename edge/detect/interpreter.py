"""The one importer of TensorFlow Lite: tflite-runtime where it has a wheel (Python 3.11), else ai-edge-litert."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from edge.errors import ModelError

try:
    from tflite_runtime.interpreter import Interpreter
except ImportError:
    from ai_edge_litert.interpreter import Interpreter


def build(model: bytes, name: str) -> Any:
    """An allocated Interpreter; not thread-safe, so it belongs to one thread.

    One thread inside, too: at these sizes a second one only spins and costs four times the CPU.
    """
    try:
        with _quiet():
            interpreter = Interpreter(model_content=model, num_threads=1)
            interpreter.allocate_tensors()
    except (ValueError, RuntimeError, ImportError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(f"TensorFlow Lite does not load {name}: {reason}") from error
    return interpreter


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps TensorFlow Lite's greeting off stderr, which no setting does; not where another thread may write to it."""
    if threading.active_count() > 1:
        yield
        return
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
