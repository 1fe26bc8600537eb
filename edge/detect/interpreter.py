"""The one importer of TensorFlow Lite: tflite-runtime where it has a wheel (Python 3.11), else ai-edge-litert."""

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
        interpreter = Interpreter(model_content=model, num_threads=1)
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError, ImportError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(f"TensorFlow Lite does not load {name}: {reason}") from error
    return interpreter
