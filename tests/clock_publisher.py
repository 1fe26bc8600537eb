"""A program: publishes a moving picture with the time burnt in, over RTSP, as an agent would; for tests and figures.

Along the top lie 42 squares of `side` pixels, white for 1: the wall clock in milliseconds, highest bit first.
Below moves a white bar. Usage: clock_publisher.py URL [WIDTH HEIGHT FPS].
"""

import sys
import time

import av
import numpy as np
from numpy.typing import NDArray

BITS = 42


def draw(width: int, height: int, index: int, milliseconds: int) -> NDArray[np.uint8]:
    """One picture as planar YUV 4:2:0, shape (height * 3 / 2, width)."""
    side = width // BITS
    planes = np.full((height * 3 // 2, width), 128, np.uint8)
    planes[:height] = 40
    for bit in range(BITS):
        on = milliseconds >> (BITS - 1 - bit) & 1
        planes[:side, bit * side : (bit + 1) * side] = 235 if on else 16
    left = index * 8 % (width - 32)
    planes[height // 2 : height // 2 + 32, left : left + 32] = 235
    noise = np.random.default_rng(index).integers(0, 60, (height // 8, width // 8), np.uint8)
    planes[height * 3 // 4 : height * 3 // 4 + noise.shape[0], : noise.shape[1]] = noise
    return planes


def publish(url: str, width: int, height: int, fps: int) -> None:
    """Until killed or refused."""
    options = {"rtsp_transport": "tcp", "pkt_size": "1316"}
    with av.open(url, "w", format="rtsp", options=options) as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "g": str(fps * 2),
            "x264-params": "repeat-headers=1:scenecut=0",
        }
        started = time.monotonic()
        index = 0
        while True:
            time.sleep(max(0.0, started + index / fps - time.monotonic()))
            frame = av.VideoFrame.from_ndarray(draw(width, height, index, time.time_ns() // 1_000_000), "yuv420p")
            frame.pts = index
            for packet in stream.encode(frame):
                container.mux(packet)
            index += 1


if __name__ == "__main__":
    size = [int(word) for word in sys.argv[2:5]] or [672, 360, 25]
    try:
        publish(sys.argv[1], *size)
    except (av.error.FFmpegError, BrokenPipeError) as error:
        sys.exit(f"refused: {type(error).__name__}")
