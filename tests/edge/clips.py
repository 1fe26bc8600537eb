"""Small clips made on the spot, so that tests of reading need no media from elsewhere."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT, FPS = 320, 240, 25


def scene(index: int, visitor: bool) -> NDArray[np.uint8]:
    """An I420 picture (H * 3 / 2, W): a fixed texture with a little noise, and a moving textured block as visitor."""
    noise = np.random.default_rng(index)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    luma = 110 + 40 * np.sin(columns / 9) * np.cos(rows / 7) + noise.normal(0, 1, (HEIGHT, WIDTH))
    if visitor:
        left = 20 + 4 * (index % 40)
        luma[60:180, left : left + 60] = 60 + 120 * ((rows[60:180, :60] // 6 + columns[60:180, :60] // 6) % 2)
    chroma = np.full((HEIGHT // 2, WIDTH), 128, np.uint8)
    return np.vstack([np.clip(luma, 0, 255).astype(np.uint8), chroma])


def write(
    path: Path, pictures: Iterable[NDArray[np.uint8]], codec: str = "libx264", fps: int = FPS, **options: str
) -> Path:
    """Encode I420 pictures into a file; x264 options by name (`bf`, `g`, `crf`)."""
    pictures = list(pictures)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=fps, options={"preset": "veryfast", **options})
        stream.height, stream.width = pictures[0].shape[0] * 2 // 3, pictures[0].shape[1]
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.codec_context.time_base = Fraction(1, fps)
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, "yuv420p").reformat(format=stream.pix_fmt)
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def camera_like(path: Path, visits: Iterable[range], frames: int) -> Path:
    """A clip as a network camera sends it (no B-frames, a key picture every 2 s), a visitor in the given frames."""
    present = {index for visit in visits for index in visit}
    pictures = (scene(index, index in present) for index in range(frames))
    return write(path, pictures, bf="0", g="50", sc_threshold="0", crf="24")
