"""Two short looping scenes for a first try: a real face comes, moves, leaves and returns.

The person is cut at run time from scikit-image's public-domain astronaut portrait (NASA), before walls and lawns
made from its CC0 textures; nothing of it is kept outside the data directory.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import sin
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
WIDTH, HEIGHT, FPS = 960, 540, 15
FACE_AT = (226, 120)


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the portrait's face is at `t` seconds of the loop; scale 1 has a face of about 95 pixels."""

    t: float
    x: float
    y: float
    scale: float


@dataclass(frozen=True, slots=True)
class Scene:
    """A backdrop, what stands in front of the person, and the walk; between two walks nobody is there."""

    name: str
    backdrop: Image
    front_y: int
    front: Image
    walks: tuple[tuple[Pose, ...], ...]
    length_s: float


def write_scenes(folder: Path) -> list[Path]:
    """The paths of both scenes as H.264 files in `folder`, made if they are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / "front-door.mp4", folder / "garden-gate.mp4"]
    if not all(path.exists() for path in paths):
        portrait = cut_out()
        films = [_frames(scene, portrait) for scene in (front_door(), garden_gate())]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(_encode, paths, films))
    return paths


def front_door() -> Scene:
    """A brick wall with a blue door and a lamp; somebody comes close, waits and goes."""
    wall = np.full((HEIGHT, WIDTH, 3), (152, 170, 190), np.uint8)
    wall[:400] = _tile("brick", (400, WIDTH), (74, 96, 158), (140, 168, 214))
    wall[400:] = _tile("gravel", (140, WIDTH), (92, 98, 104), (158, 164, 170))
    cv2.rectangle(wall, (590, 96), (802, 420), (214, 222, 226), -1)
    cv2.rectangle(wall, (606, 112), (786, 420), (110, 74, 38), -1)
    for top, bottom in ((134, 246), (270, 392)):
        cv2.rectangle(wall, (628, top), (764, bottom), (138, 96, 54), -1)
        cv2.rectangle(wall, (628, top), (764, bottom), (78, 50, 22), 2)
    cv2.circle(wall, (620, 262), 7, (120, 200, 235), -1, cv2.LINE_AA)
    cv2.rectangle(wall, (836, 150), (862, 196), (150, 226, 250), -1)
    cv2.rectangle(wall, (832, 142), (866, 200), (40, 40, 44), 4)
    come = (Pose(4, -200, 226, 0.84), Pose(8, 330, 190, 0.93), Pose(13, 410, 172, 0.98), Pose(18, 1200, 216, 0.86))
    back = (Pose(25, 1180, 262, 0.74), Pose(28, 540, 238, 0.8), Pose(30, 480, 236, 0.8), Pose(34, -210, 262, 0.74))
    return Scene("Front door", _evening(wall), HEIGHT, wall[:0], (come, back), 38)


def garden_gate() -> Scene:
    """A lawn, a hedge and a low fence; somebody passes behind the fence, farther away."""
    ramp = np.linspace(0, 1, 250)[:, None, None]
    sky = (np.array([236, 206, 172]) * (1 - ramp) + np.array([244, 234, 224]) * ramp).astype(np.uint8)
    view = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    view[:250] = np.broadcast_to(sky, (250, WIDTH, 3))
    view[250:] = _tile("grass", (HEIGHT - 250, WIDTH), (34, 92, 62), (96, 178, 142))
    for x in range(-20, WIDTH + 40, 46):
        radius = 52 + (x * 7919) % 23
        cv2.circle(view, (x, 262), radius, (46 + x % 18, 84 + x % 22, 52), -1, cv2.LINE_AA)
    fence = view[330:].copy()
    cv2.rectangle(fence, (0, 34), (WIDTH, 52), (196, 206, 210), -1)
    for x in range(10, WIDTH, 44):
        cv2.rectangle(fence, (x, 0), (x + 26, 150), (216, 224, 228), -1)
        cv2.rectangle(fence, (x, 0), (x + 26, 150), (158, 168, 172), 1)
    go = (Pose(2, -90, 214, 0.56), Pose(7, 330, 206, 0.6), Pose(10, 380, 204, 0.6), Pose(15, 1060, 210, 0.58))
    again = (Pose(22, 1060, 218, 0.5), Pose(28, 620, 212, 0.52), Pose(34, -90, 216, 0.5))
    return Scene("Garden gate", view, 330, fence, (go, again), 37)


def cut_out() -> Image:
    """The portrait as (512, 512, 4) BGRA, the person opaque and the studio behind transparent (GrabCut)."""
    portrait = _picture("astronaut")
    small = cv2.resize(portrait, (256, 256), interpolation=cv2.INTER_AREA)
    mask = np.full((256, 256), cv2.GC_PR_BGD, np.uint8)
    cv2.ellipse(mask, (114, 58), (35, 48), 0, 0, 360, (cv2.GC_PR_FGD,), -1)
    body = np.array([[30, 256], [45, 145], [90, 110], [150, 110], [185, 140], [210, 256]], np.int32)
    cv2.fillPoly(mask, [body], (cv2.GC_PR_FGD,))
    cv2.ellipse(mask, (113, 60), (21, 31), 0, 0, 360, (cv2.GC_FGD,), -1)
    chest = np.array([[60, 250], [65, 160], [95, 130], [140, 130], [165, 160], [175, 250]], np.int32)
    cv2.fillPoly(mask, [chest], (cv2.GC_FGD,))
    mask[:100, :55] = mask[:100, 172:] = mask[:4] = cv2.GC_BGD
    mask[:, 236:] = mask[120:, :18] = cv2.GC_BGD
    cv2.fillPoly(mask, [np.array([[0, 110], [0, 256], [14, 256], [40, 140]], np.int32)], (cv2.GC_BGD,))
    back, fore = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(small, mask, (0, 0, 1, 1), back, fore, 5, cv2.GC_INIT_WITH_MASK)
    solid = np.where((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD), 255, 0).astype(np.uint8)
    clean = cv2.erode(cv2.morphologyEx(solid, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)), np.ones((3, 3), np.uint8))
    alpha = cv2.GaussianBlur(cv2.resize(clean, (512, 512)), (0, 0), 2.0)
    return np.dstack([portrait, alpha])


def _frames(scene: Scene, portrait: Image) -> Iterator[Image]:
    for index in range(round(scene.length_s * FPS)):
        frame = scene.backdrop.copy()
        pose = _pose(scene.walks, index / FPS)
        if pose:
            _paste(frame, portrait, pose)
        frame[scene.front_y :] = scene.front
        yield frame


def _pose(walks: tuple[tuple[Pose, ...], ...], t: float) -> Pose | None:
    for walk in walks:
        if walk[0].t <= t < walk[-1].t:
            times = [pose.t for pose in walk]
            x, y, scale = (
                float(np.interp(t, times, values)) for values in zip(*((p.x, p.y, p.scale) for p in walk), strict=True)
            )
            return Pose(t, x, y + 3 * sin(6 * t), scale)
    return None


def _paste(frame: Image, portrait: Image, pose: Pose) -> None:
    size = round(512 * pose.scale)
    person = cv2.resize(portrait, (size, size), interpolation=cv2.INTER_AREA)
    left, top = round(pose.x - FACE_AT[0] * pose.scale), round(pose.y - FACE_AT[1] * pose.scale)
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + size, WIDTH), min(top + size, HEIGHT)
    if x0 >= x1 or y0 >= y1:
        return
    patch = person[y0 - top : y1 - top, x0 - left : x1 - left]
    alpha = patch[:, :, 3:].astype(np.float32) / 255
    frame[y0:y1, x0:x1] = (patch[:, :, :3] * alpha + frame[y0:y1, x0:x1] * (1 - alpha)).astype(np.uint8)


def _tile(name: str, shape: tuple[int, int], dark: tuple[int, int, int], light: tuple[int, int, int]) -> Image:
    texture = cv2.resize(_picture(name), (360, 360), interpolation=cv2.INTER_AREA)
    repeats = (shape[0] // 360 + 1, shape[1] // 360 + 1)
    grey = np.tile(texture, repeats)[: shape[0], : shape[1], None].astype(np.float32) / 255
    wall: Image = (np.array(dark) * (1 - grey) + np.array(light) * grey).astype(np.uint8)
    return wall


def _evening(image: Image) -> Image:
    lamp = np.zeros((HEIGHT, WIDTH), np.float32)
    cv2.circle(lamp, (849, 174), 150, (1,), -1)
    glow = cv2.GaussianBlur(lamp, (0, 0), 90)[:, :, None]
    lit = image.astype(np.float32) * 0.82 + glow * np.array([20, 52, 66], np.float32)
    return np.clip(lit, 0, 255).astype(np.uint8)


def _picture(name: str) -> Image:
    from skimage import data

    picture: Image = getattr(data, name)()
    turned: Image = np.ascontiguousarray(picture[:, :, ::-1] if picture.ndim == 3 else picture)
    return turned


def _encode(path: Path, frames: Iterator[Image]) -> None:
    partial = path.with_suffix(".part")
    with av.open(str(partial), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"preset": "superfast", "crf": "24", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.gop_size = 2 * FPS
        for image in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())
    partial.replace(path)
