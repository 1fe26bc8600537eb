"""`watchpost-edge detect`, as people and scripts use it."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage
from click.testing import CliRunner, Result

from edge.cli import main
from edge.detect.models import DIR_VARIABLE
from edge.stream.annotate import BOX_RGB

ASTRONAUT = Path(skimage.__file__).parent / "data" / "astronaut.png"
NOBODY = Path(skimage.__file__).parent / "data" / "coffee.png"


def detect(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["detect", *map(str, arguments)])


def lines(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_one_json_object_for_each_picture() -> None:
    result = detect("--json", ASTRONAUT, NOBODY)
    assert result.exit_code == 0, result.stderr
    face, nobody = lines(result)
    assert face["file"] == str(ASTRONAUT)
    assert (face["width"], face["height"]) == (512, 512)
    assert nobody["faces"] == []
    (found,) = face["faces"]  # type: ignore[misc]
    x, y, w, h = found["box"]
    assert 190 < x + w / 2 < 260
    assert 80 < y + h / 2 < 150
    assert 0.9 < found["score"] <= 1


def test_people_read_a_line_and_the_boxes() -> None:
    result = detect(ASTRONAUT)
    assert result.stdout.startswith(f"{ASTRONAUT}: 1 face\n")


def test_a_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    result = detect("--json", bad, tmp_path / "missing.jpg", ASTRONAUT)
    assert result.exit_code == 1
    assert [line["file"] for line in lines(result)] == [str(ASTRONAUT)]
    assert result.stderr.count("\n") == 2
    assert str(bad) in result.stderr


def test_writes_pictures_with_boxes(tmp_path: Path) -> None:
    copy = tmp_path / "more" / "astronaut.png"
    copy.parent.mkdir()
    copy.write_bytes(ASTRONAUT.read_bytes())
    result = detect("--annotate", tmp_path / "out", ASTRONAUT, copy)
    assert result.exit_code == 0, result.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["astronaut-2.jpg", "astronaut.jpg"]
    drawn = cv2.imread(str(tmp_path / "out" / "astronaut.jpg")).astype(int)
    close = np.abs(drawn - np.array(BOX_RGB[::-1])).sum(axis=2) < 90
    rows, columns = np.nonzero(close)
    assert close.sum() > 150
    assert columns.min() < 226 < columns.max()
    assert rows.min() < 115 < rows.max()


def test_a_higher_score_keeps_fewer() -> None:
    assert len(lines(detect("--json", "--min-size", "300", ASTRONAUT))[0]["faces"]) <= 1  # type: ignore[arg-type]
    assert detect("--min-score", "2", ASTRONAUT).exit_code == 2


def test_without_models_one_line_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(DIR_VARIABLE, str(tmp_path))
    result = detect(ASTRONAUT)
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "models fetch" in result.stderr


def test_without_files_it_is_bad_usage() -> None:
    assert detect().exit_code == 2


def test_a_turned_photograph_has_its_box_where_the_file_stores_it(media: Path) -> None:
    turned = media / "hostile" / "img_exif_orientation6.jpg"
    (picture,) = lines(detect("--json", turned))
    assert (picture["width"], picture["height"]) == (700, 840)
    x, y, w, h = picture["faces"][0]["box"]  # type: ignore[index]
    assert 185 < x + w / 2 < 265
    assert 480 < y + h / 2 < 560


NO_FACE = {"img_1x1.png", "img_5000x3.png"}
NO_PICTURE = {"img_compreface_corrupted.png", "img_header_only.jpg", "img_zero_byte.jpg", "img_bomb_20000x20000.png"}
MAY_FAIL = {"img_compreface_truncated.jpg", "img_truncated.jpg"}


def test_hostile_pictures_are_told_apart(media: Path) -> None:
    files = sorted((media / "hostile").glob("img_*"))
    result = detect("--json", *files)
    assert result.exit_code == 1
    found = {Path(str(line["file"])).name: line["faces"] for line in lines(result)}
    names = {path.name for path in files}
    assert {name for name, faces in found.items() if faces} >= names - NO_FACE - NO_PICTURE - MAY_FAIL
    assert all(not found[name] for name in NO_FACE)
    assert not NO_PICTURE & found.keys()
    assert all(name in result.stderr for name in NO_PICTURE)
