"""ffmpeg's stand-in for the benchmark where there is none: raw BGR on stdin, libx264 ultrafast, nothing kept.

`python -m edge.tools.raw_encoder WIDTH HEIGHT FPS BITS_PER_SECOND`
"""

import sys
from fractions import Fraction

import numpy as np
from av import VideoFrame
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext


def main(width: int, height: int, fps: float, bit_rate: int) -> None:
    """Encode until stdin ends."""
    context = CodecContext.create("libx264", "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.framerate = Fraction(fps).limit_denominator(1001)
    context.time_base = 1 / context.framerate
    context.bit_rate, context.options = bit_rate, {"preset": "ultrafast"}
    count = 0
    while len(data := sys.stdin.buffer.read(width * height * 3)) == width * height * 3:
        frame = VideoFrame.from_ndarray(np.frombuffer(data, np.uint8).reshape(height, width, 3), "bgr24")
        frame = frame.reformat(format="yuv420p")
        frame.pts, frame.time_base = count, context.time_base
        context.encode(frame)
        count += 1
    context.encode(None)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
