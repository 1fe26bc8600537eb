"""What is said of a camera, on the first paint; the browser test checks the script against the same cases."""

import json
from pathlib import Path
from typing import Any

import pytest

from hub.dashboard.states import camera_face, camera_status

CASES = json.loads((Path(__file__).parent / "camera_faces.json").read_text())


def built(case: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The whole camera and device that a case means."""
    stream = {"wanted": False, "state": "stopped", "pin": None, "pinned_by": None, **case["stream"]}
    status = {"state": "online", "since": None, "reason": ""}
    camera = {"enabled": True, "status": status, "stream": stream, **case["camera"]}
    device = {"id": "pi", "name": "Front door Pi", "online": True, "online_since": None}
    return camera, None if case["device"] is None else device | case["device"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_face(case: dict[str, Any]) -> None:
    face = camera_face(*built(case))
    assert [face["state"], face["tone"], face["label"], face["cause"]] == case["face"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_status_leaves_the_stream_out(case: dict[str, Any]) -> None:
    status, face = camera_status(*built(case)), camera_face(*built(case))
    assert status == face or status["state"] == "online"
