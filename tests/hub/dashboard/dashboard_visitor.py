"""Somebody who looks at the pages of a hub that has cameras and alerts."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hub.services import EXTENSION
from hub.store import cameras, visits
from hub.store.visits import VisitRow

NOW = datetime.now(UTC)
LogIn = Callable[..., FlaskClient]


def post(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Send a form as the page served it, its hidden token included."""
    page = client.get(path).text
    token = re.search(r'name="csrf_token" value="([^"]*)"', page)
    assert token
    return client.post(path, data={"csrf_token": token[1], **fields})


def camera(app: Flask, name: str = "Door", **values: Any) -> int:
    """A camera in the database, its address with a password; its id."""
    sealed = app.extensions[EXTENSION].sealer.seal("rtsp://ann:s3cret@cam/1?key=k3y")
    return cameras.insert({"name": name, "source_url_sealed": sealed, "settings": {}, **values})


def alert(camera_id: int, minutes_ago: float = 1, **values: Any) -> UUID:
    """A visit that was over at once; its id."""
    opened = NOW - timedelta(minutes=minutes_ago)
    row = VisitRow(uuid4(), opened, opened, opened, camera_id, "pi", 1, 0.9, (1, 2, 3, 4), None, None)
    visits.store_visits([replace(row, **values)])
    return row.id
