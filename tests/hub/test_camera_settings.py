"""Camera settings: partial changes, the wire's bounds, a sealed second address."""

from pathlib import Path
from typing import Any

import pytest

from edge.wire.messages import CameraSettings
from hub.errors import Invalid
from hub.fleet import camera_settings
from hub.secrets import Sealer


def test_what_is_left_out_stays() -> None:
    first = camera_settings.merged(CameraSettings(), {"min_score": 0.8})
    second = camera_settings.merged(first, {"dwell_s": 2, "include": [[[0, 0], [1, 0], [1, 1]]]})
    assert (second.min_score, second.dwell_s) == (0.8, 2.0)
    assert second.include == (((0, 0), (1, 0), (1, 1)),)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"min_scor": 0.5}, "body.settings.min_scor"),
        ({"min_score": 2}, "body.settings.min_score"),
        ({"min_score": float("nan")}, "body.settings"),
        ({"min_score": "high"}, "body.settings.min_score"),
        ({"include": [[[0, 0], [2, 0], [1, 1]]]}, "body.settings.include"),
        ({"include": [[[0, 0]]]}, "body.settings.include"),
        ({"boxes": "round"}, "body.settings.boxes"),
        ({"detect_url": "http://cam/"}, "body.settings.detect_url"),
        ({"detect_url": "rtsp://cam/\x00"}, "body.settings.detect_url"),
    ],
)
def test_bad_settings_name_the_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        camera_settings.merged(CameraSettings(), changes)
    assert caught.value.errors[0][0].startswith(field)


def test_the_second_address_is_sealed_and_masked(tmp_path: Path) -> None:
    sealer = Sealer.open(tmp_path)
    settings = camera_settings.merged(CameraSettings(), {"detect_url": "rtsp://ann:se.cret@cam/low"})
    kept = camera_settings.sealed(settings, sealer)
    assert "se.cret" not in kept["detect_url"]
    assert camera_settings.opened(kept, sealer) == settings
    assert camera_settings.shown(settings)["detect_url"] == "rtsp://***:***@cam/low"
    again = camera_settings.merged(settings, {"detect_url": "rtsp://***:***@cam/low"})
    assert again == settings


def test_settings_of_an_older_hub_get_todays_defaults(tmp_path: Path) -> None:
    opened = camera_settings.opened({"min_score": 0.7, "gone": 1}, Sealer.open(tmp_path))
    assert opened == CameraSettings(min_score=0.7)
