"""Makes the golden values for BlazeFace: what MediaPipe 0.10.21's own detector says of some pictures.

MediaPipe is no dependency of the project; make a throw-away environment for it (x86-64, Python 3.9-3.12):

    python3.11 -m venv /tmp/mp && /tmp/mp/bin/pip install mediapipe==0.10.21
    /tmp/mp/bin/python tests/golden/blazeface/make.py mediapipe SKIMAGE_DATA_DIR MODELS_DIR [PICTURES_DIR]
    .venv/bin/python tests/golden/blazeface/make.py tensors SKIMAGE_DATA_DIR MODELS_DIR

`mediapipe` writes mediapipe.json; PICTURES_DIR is the annotated media's images/faces. MediaPipe carries the sparse
full-range model; the script puts the dense one, which the project uses, in its place (in the throw-away environment).
`tensors` writes tensors.npz: the models' raw outputs for one picture (the rows that are not hopeless), so that
decoding is tested without TensorFlow Lite.
"""

import json
import shutil
import sys
from pathlib import Path

import cv2
import numpy as np

HERE = Path(__file__).parent
ASTRONAUT = "astronaut.png"
LOWEST_LOGIT = -3.0
WINDOWS = {
    "whole": (0, 0, 512, 512),
    "wide": (0, 0, 512, 300),
    "tall": (120, 0, 340, 512),
    "tight": (150, 20, 310, 200),
    "corner": (200, 60, 512, 512),
}
MODELS = {"short": (0, "face_detection_short_range.tflite"), "full": (1, "face_detection_full_range.tflite")}


def pictures(data: Path, folder: Path | None) -> dict[str, np.ndarray]:
    """RGB pictures by name: windows of the astronaut, and whole files."""
    astronaut = read(data / ASTRONAUT)
    named = {f"{ASTRONAUT}:{name}": cut(astronaut, window) for name, window in WINDOWS.items()}
    if folder:
        named |= {path.name: read(path) for path in sorted(folder.iterdir())}
    return named


def read(path: Path) -> np.ndarray:
    return cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def cut(picture: np.ndarray, window: tuple[int, int, int, int]) -> np.ndarray:
    x, y, right, bottom = window
    return np.ascontiguousarray(picture[y:bottom, x:right])


def write_mediapipe(data: Path, models: Path, folder: Path | None) -> None:
    import mediapipe

    place = Path(mediapipe.__file__).parent / "modules" / "face_detection" / "face_detection_full_range_sparse.tflite"
    shutil.copyfile(models / MODELS["full"][1], place)
    golden = {}
    for model, (selection, _) in MODELS.items():
        with mediapipe.solutions.face_detection.FaceDetection(
            model_selection=selection, min_detection_confidence=0.5
        ) as detector:
            found = {name: detector.process(rgb).detections for name, rgb in pictures(data, folder).items()}
        golden[model] = {name: [as_json(one) for one in detections or []] for name, detections in found.items()}
    (HERE / "mediapipe.json").write_text(json.dumps(golden, indent=1) + "\n")


def as_json(detection: object) -> dict[str, object]:
    """Fractions of the picture's width and height: box x, y, w, h; keypoints in MediaPipe's order."""
    location = detection.location_data
    box = location.relative_bounding_box
    return {
        "box": [round(value, 6) for value in (box.xmin, box.ymin, box.width, box.height)],
        "score": round(detection.score[0], 6),
        "keypoints": [[round(point.x, 6), round(point.y, 6)] for point in location.relative_keypoints],
    }


def write_tensors(data: Path, models: Path) -> None:
    from edge.detect.interpreter import build
    from edge.detect.letterbox import RgbImage, whole

    tensors = {}
    rgb = cut(read(data / ASTRONAUT), WINDOWS["wide"])
    for model, (_, file) in MODELS.items():
        interpreter = build((models / file).read_bytes(), file)
        feed = interpreter.get_input_details()[0]
        image = RgbImage(rgb)
        seen = image.cut(whole(image.width, image.height), int(feed["shape"][1]))
        interpreter.set_tensor(feed["index"], seen[None] * np.float32(1 / 127.5) - np.float32(1))
        interpreter.invoke()
        outputs = {
            int(item["shape"][-1]): interpreter.get_tensor(item["index"])[0]
            for item in interpreter.get_output_details()
        }
        rows = np.flatnonzero(outputs[1][:, 0] > LOWEST_LOGIT)
        tensors |= {
            f"{model}_rows": rows,
            f"{model}_regressors": outputs[16][rows],
            f"{model}_logits": outputs[1][rows, 0],
        }
    np.savez_compressed(HERE / "tensors.npz", **tensors)


if __name__ == "__main__":
    what, data_dir, models_dir, *rest = sys.argv[1:]
    if what == "mediapipe":
        write_mediapipe(Path(data_dir), Path(models_dir), Path(rest[0]) if rest else None)
    else:
        write_tensors(Path(data_dir), Path(models_dir))
