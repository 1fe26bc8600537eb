"""Clips with known faces, as a network camera would send them: a still scene with sensor noise in which people walk.

    python tests/bench/clips.py DIR [--kind idle,mixed,busy] [--height 720,1080] [--frames 1000] [--fps 25] [--key-s 2]
        [--b-frames 0] [--bit-rate 0] [--codec libx264] [--noise 2.2] [--scene motorcycle_left.png] [--face-px 85]
        [--laps 1] [--person FILE:X,Y,SIDE]

Writes KIND-HEIGHT.mp4 and, beside it, KIND-HEIGHT.json: for each frame the boxes of its `faces`, and of `hidden` ones.
`mixed`: a person passes during the middle fifth; `busy`: two people walk to and fro in front of something that waves,
all the time. `--person` takes a picture and its square around the face; by default it is scikit-image's astronaut.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import cos, pi, sin
from pathlib import Path

import av
import cv2
import numpy as np
import skimage

Picture = np.ndarray
PICTURES = Path(skimage.__file__).parent / "data"
WIDTH, HEIGHT = 1920, 1080
ASTRONAUT = f"{PICTURES / 'astronaut.png'}:174,70,104"


@dataclass(frozen=True)
class Walker:
    """Somebody who crosses the picture in `frames`, there and back so many `laps`; face height in 1080p pixels."""

    frames: range
    face_px: float
    growth_px: float
    height: float
    laps: int = 1
    backwards: bool = False

    def at(self, index: int) -> tuple[float, float, float]:
        """The face's size and centre in the 1080p picture."""
        share = (index - self.frames.start) / len(self.frames) * self.laps
        along = 0.5 - 0.5 * cos(pi * share) if self.laps > 1 else share
        time_s = (index - self.frames.start) / 25
        x = WIDTH * (0.1 + 0.8 * (1 - along if self.backwards else along))
        return self.face_px + self.growth_px * sin(time_s / 1.5), x, HEIGHT * (self.height + 0.1 * sin(time_s / 2.3))


@dataclass(frozen=True)
class CutOut:
    """A person as BGRA, and the square around the face in it: centre and side."""

    bgra: Picture
    x: float
    y: float
    side: float


def walkers(kind: str, frames: int, face_px: float, laps: int) -> list[Walker]:
    if kind == "idle":
        return []
    if kind == "mixed":
        return [Walker(range(frames * 2 // 5, frames * 3 // 5), face_px, face_px * 0.53, 0.38, laps)]
    many = max(1, round(frames / 200)) * laps
    return [
        Walker(range(frames), face_px * 0.7, face_px * 0.2, 0.3, many, backwards=True),
        Walker(range(frames), face_px, face_px * 0.45, 0.4, many),
    ]


def cut_out(person: str) -> CutOut:
    """The person of a picture by GrabCut, from the square around the face: head, shoulders, torso."""
    file, _, square = person.rpartition(":")
    left, top, side = (int(value) for value in square.split(","))
    picture = cv2.imread(file)
    height, width = picture.shape[:2]
    x, y = left + side / 2, top + side / 2
    mask = np.full((height, width), cv2.GC_BGD, np.uint8)
    torso = np.array([(-1.6, 3.8), (-1.3, 1.3), (-0.5, 0.7), (0.5, 0.7), (1.3, 1.3), (1.6, 3.8)]) * side + (x, y)
    inner = np.array([(-1.1, 3.8), (-0.9, 1.7), (-0.3, 1.1), (0.3, 1.1), (0.9, 1.7), (1.1, 3.8)]) * side + (x, y)
    cv2.fillPoly(mask, [torso.astype(np.int32)], cv2.GC_PR_FGD)
    cv2.ellipse(mask, (int(x), int(y)), (int(side * 0.75), int(side * 0.95)), 0, 0, 360, cv2.GC_PR_FGD, -1)
    cv2.ellipse(mask, (int(x), int(y)), (int(side * 0.42), int(side * 0.6)), 0, 0, 360, cv2.GC_FGD, -1)
    cv2.fillPoly(mask, [inner.astype(np.int32)], cv2.GC_FGD)
    cv2.grabCut(picture, mask, None, np.zeros((1, 65)), np.zeros((1, 65)), 5, cv2.GC_INIT_WITH_MASK)
    alpha = np.where((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD), 255, 0).astype(np.uint8)
    alpha = cv2.GaussianBlur(cv2.morphologyEx(alpha, cv2.MORPH_CLOSE, np.ones((9, 9))), (5, 5), 0)
    return CutOut(np.dstack([picture, alpha]), x, y, side)


def paste(scene: Picture, person: CutOut, face_px: float, x: float, y: float) -> None:
    """Draw the person into the scene with the face at its place and size."""
    scale = face_px / person.side
    small = cv2.resize(person.bgra, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    left, top = round(x - person.x * scale), round(y - person.y * scale)
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + small.shape[1], WIDTH), min(top + small.shape[0], HEIGHT)
    if x0 >= x1 or y0 >= y1:
        return
    patch = small[y0 - top : y1 - top, x0 - left : x1 - left]
    alpha = patch[:, :, 3:] / np.float32(255)
    place = scene[y0:y1, x0:x1]
    place[:] = (patch[:, :, :3] * alpha + place * (1 - alpha)).astype(np.uint8)


def background(name: str) -> Picture:
    scene = cv2.imread(str(PICTURES / name))[:, :, :3]
    scale = max(WIDTH / scene.shape[1], HEIGHT / scene.shape[0])
    scene = cv2.resize(scene, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)[:HEIGHT, :WIDTH]
    return cv2.copyMakeBorder(scene, 0, HEIGHT - scene.shape[0], 0, WIDTH - scene.shape[1], cv2.BORDER_REPLICATE)


def wave(scene: Picture, index: int) -> None:
    """Something that moves all the time: a strip of the scene that swings from side to side."""
    shift = round(40 * sin(index / 9))
    scene[620:1000, 1400:1700] = scene[620:1000, 1400 + shift : 1700 + shift].copy()


def hidden(face: list[float], others: list[list[float]]) -> bool:
    """Whether somebody nearer, painted later, stands before most of the face."""
    x, y = face[0] + face[2] / 2, face[1] + face[3] / 2
    return any(
        abs(other[0] + other[2] / 2 - x) < 2.3 * other[2] and other[1] - other[3] < y < other[1] + 4 * other[3]
        for other in others
    )


def pictures(kind: str, options: argparse.Namespace) -> Iterator[tuple[Picture, dict[str, list[list[float]]]]]:
    """Each 1080p picture with its faces, boxes in fractions of the picture's height; the hidden ones apart."""
    scene, person, rng = background(options.scene), cut_out(options.person), np.random.default_rng(3)
    noise = rng.normal(0, options.noise, (HEIGHT + 256, WIDTH + 256, 1)).astype(np.int8).repeat(3, axis=2)
    people = walkers(kind, options.frames, options.face_px, options.laps)
    for index in range(options.frames):
        picture, faces = scene.copy(), []
        if kind == "busy":
            wave(picture, index)
        for walker in people:
            if index in walker.frames:
                size, x, y = walker.at(index)
                paste(picture, person, size, x, y)
                faces.append([(x - size / 2) / HEIGHT, (y - size / 2) / HEIGHT, size / HEIGHT, size / HEIGHT])
        ox, oy = rng.integers(0, 256, 2)
        covered = [face for at, face in enumerate(faces) if hidden(face, faces[at + 1 :])]
        truth = {"faces": [face for face in faces if face not in covered], "hidden": covered}
        yield cv2.add(picture, noise[oy : oy + HEIGHT, ox : ox + WIDTH], dtype=cv2.CV_8U), truth


def stream(container: av.container.OutputContainer, height: int, options: argparse.Namespace) -> av.VideoStream:
    gop = round(options.key_s * options.fps)
    words = {"preset": "medium", "profile": "main", "sc_threshold": "0", "keyint_min": str(gop)}
    if options.bit_rate:
        rate = str(options.bit_rate)
        words |= {"b": rate, "maxrate": rate, "bufsize": rate, "x264-params": "nal-hrd=cbr"}
    else:
        words |= {"crf": "23"}
    if options.codec == "libx265":
        words |= {"preset": "fast", "x265-params": f"log-level=none:scenecut=0:keyint={gop}:bframes={options.b_frames}"}
    made = container.add_stream(options.codec, rate=options.fps, options=words)
    made.width, made.height, made.pix_fmt = round(height * 8 / 9) * 2, height, "yuv420p"
    made.codec_context.time_base = Fraction(1, options.fps)
    made.codec_context.gop_size, made.codec_context.max_b_frames = gop, options.b_frames
    return made


def make(kind: str, heights: list[int], options: argparse.Namespace) -> None:
    """The clips of one kind and their truths, unless they are there."""
    heights = [height for height in heights if not (options.dir / f"{kind}-{height}.json").exists()]
    if not heights:
        return
    containers = [av.open(str(options.dir / f"{kind}-{height}.mp4"), "w") for height in heights]
    streams = [stream(container, height, options) for container, height in zip(containers, heights, strict=True)]
    truth = []
    for index, (picture, faces) in enumerate(pictures(kind, options)):
        truth.append(faces)
        for container, out in zip(containers, streams, strict=True):
            size = (out.width, out.height)
            fitted = picture if out.height == HEIGHT else cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
            frame = av.VideoFrame.from_ndarray(cv2.cvtColor(fitted, cv2.COLOR_BGR2YUV_I420), "yuv420p")
            frame.pts = index
            container.mux(out.encode(frame))
    for container, out, height in zip(containers, streams, heights, strict=True):
        container.mux(out.encode(None))
        container.close()
        boxes = [
            {kind: [[round(side * height, 1) for side in face] for face in faces] for kind, faces in frame.items()}
            for frame in truth
        ]
        (options.dir / f"{kind}-{height}.json").write_text(json.dumps(boxes))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", type=Path)
    parser.add_argument("--kind", default="idle,mixed,busy")
    parser.add_argument("--height", default="720,1080")
    parser.add_argument("--frames", type=int, default=1000)
    parser.add_argument("--fps", type=int, default=25)
    parser.add_argument("--key-s", type=float, default=2.0)
    parser.add_argument("--b-frames", type=int, default=0)
    parser.add_argument("--bit-rate", type=int, default=0)
    parser.add_argument("--codec", choices=("libx264", "libx265"), default="libx264")
    parser.add_argument("--noise", type=float, default=2.2)
    parser.add_argument("--scene", default="motorcycle_left.png")
    parser.add_argument("--face-px", type=float, default=85.0)
    parser.add_argument("--laps", type=int, default=1)
    parser.add_argument("--person", default=ASTRONAUT)
    options = parser.parse_args()
    options.dir.mkdir(parents=True, exist_ok=True)
    for kind in options.kind.split(","):
        make(kind, [int(height) for height in options.height.split(",")], options)


if __name__ == "__main__":
    main()
