"""Pictures of alerts over HTTP: whole, cropped, cached, damaged."""

from pathlib import Path
from uuid import UUID

import cv2
import numpy as np
from alert_rows import PICTURE, alert, stored, with_picture
from flask import Flask
from people import Login

from hub.settings import Settings


def test_the_picture_and_its_caching(app: Flask, login: Login, settings: Settings) -> None:
    stored(with_picture(settings, alert(1)), alert(2))
    api = login("viewer")
    item = api.get(f"/api/alerts/{UUID(int=1)}").get_json()
    answer = api.get(item["snapshot_url"])
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/jpeg", PICTURE)
    assert "immutable" in answer.headers["Cache-Control"]
    assert "private" in answer.headers["Cache-Control"]
    bare = api.get(f"/api/alerts/{UUID(int=1)}/snapshot")
    assert "no-cache" in bare.headers["Cache-Control"]
    again = api.get(item["snapshot_url"], headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert api.get(f"/api/alerts/{UUID(int=2)}/snapshot").status_code == 404
    assert api.get(f"/api/alerts/{UUID(int=2)}").get_json()["snapshot_url"] is None


def test_the_crop_shows_the_face_with_a_margin(app: Flask, login: Login, settings: Settings) -> None:
    stored(with_picture(settings, alert(1)))
    answer = login("viewer").get(f"/api/alerts/{UUID(int=1)}/snapshot?crop=1")
    cut = cv2.imdecode(np.frombuffer(answer.data, np.uint8), cv2.IMREAD_COLOR)
    assert cut.shape[:2] == (144, 124)
    assert (
        answer.headers["ETag"] != login("viewer", name="c").get(f"/api/alerts/{UUID(int=1)}/snapshot").headers["ETag"]
    )


def test_a_damaged_picture_is_not_shown(app: Flask, login: Login, settings: Settings) -> None:
    stored(with_picture(settings, alert(1)))
    path = Path(settings.data_dir / "pictures/000001.seg")
    path.write_bytes(b"\0" * path.stat().st_size)
    answer = login("viewer").get(f"/api/alerts/{UUID(int=1)}/snapshot")
    assert answer.status_code == 404
    assert "damaged" in answer.get_json()["detail"]
    path.unlink()
    assert login("viewer", name="b").get(f"/api/alerts/{UUID(int=1)}/snapshot").status_code == 404
