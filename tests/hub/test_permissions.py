"""Every route x every role x own and foreign camera; a route that the table does not know fails the test."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from people import Api, Login, approved_device, camera, signing_request

from hub.store.models import Alert

ROLES = ("nobody", "viewer", "operator", "admin")
OPEN_TO_ALL = "nobody"
PAGES = {"static", "dashboard", "docs"}  # blueprints that serve pages; the dashboard's own tests look after them


@dataclass(frozen=True)
class Rule:
    """Who may call a route. `on_camera`: a foreign camera is 404. `body`: something that is let in."""

    method: str
    path: str
    role: str
    body: Any = None
    on_camera: bool = False
    own_check: bool = False  # the route has a check of its own, which its own test looks after


USER = {"username": "newcomer", "password": "long enough"}
RULES = [
    Rule("POST", "/api/auth/signup", OPEN_TO_ALL, USER, own_check=True),
    Rule("POST", "/api/auth/login", OPEN_TO_ALL, USER, own_check=True),
    Rule("POST", "/api/auth/refresh", OPEN_TO_ALL, {}, own_check=True),
    Rule("POST", "/api/auth/logout", "viewer"),
    Rule("GET", "/api/auth/me", "viewer"),
    Rule(
        "POST", "/api/auth/password", "viewer", {"current_password": "x", "new_password": "long enough"}, own_check=True
    ),
    Rule("POST", "/api/auth/ticket", "viewer"),
    Rule("GET", "/.well-known/jwks.json", OPEN_TO_ALL),
    Rule("GET", "/api/users", "admin"),
    Rule("POST", "/api/users", "admin", USER),
    Rule("GET", "/api/users/<id:user_id>", "admin"),
    Rule("PATCH", "/api/users/<id:user_id>", "admin", {"role": "viewer"}),
    Rule("DELETE", "/api/users/<id:user_id>", "admin"),
    Rule("GET", "/api/cameras", "viewer"),
    Rule("POST", "/api/cameras", "admin", {"name": "x", "source_url": "picamera://0"}),
    Rule("GET", "/api/cameras/<id:camera_id>", "viewer", on_camera=True),
    Rule("PATCH", "/api/cameras/<id:camera_id>", "admin", {"name": "x"}, on_camera=True),
    Rule("DELETE", "/api/cameras/<id:camera_id>", "admin", on_camera=True),
    Rule("POST", "/api/cameras/<id:camera_id>/stream/watch", "viewer", on_camera=True),
    Rule("POST", "/api/cameras/<id:camera_id>/stream/start", "operator", on_camera=True),
    Rule("POST", "/api/cameras/<id:camera_id>/stream/stop", "operator", on_camera=True),
    Rule("POST", "/api/cameras/<id:camera_id>/stream/auto", "operator", on_camera=True),
    Rule("GET", "/api/alerts", "viewer"),
    Rule("GET", "/api/alerts/live", OPEN_TO_ALL, own_check=True),
    Rule("GET", "/api/alerts/<uuid:alert_id>", "viewer", on_camera=True),
    Rule("GET", "/api/alerts/<uuid:alert_id>/snapshot", "viewer", own_check=True),
    Rule("POST", "/api/alerts/<uuid:alert_id>/acknowledge", "operator", {}, on_camera=True),
    Rule("GET", "/api/stats/alerts", "viewer"),
    Rule("GET", "/api/devices", "viewer"),
    Rule("POST", "/api/devices", "admin", {"name": "x"}),
    Rule("GET", "/api/devices/<device:device_id>", "viewer"),
    Rule("PATCH", "/api/devices/<device:device_id>", "admin", {"name": "x"}),
    Rule("POST", "/api/devices/<device:device_id>/approve", "admin"),
    Rule("POST", "/api/devices/<device:device_id>/revoke", "admin"),
    Rule("GET", "/api/devices/<device:device_id>/health", "viewer"),
    Rule("POST", "/api/enroll", OPEN_TO_ALL, {"name": "x", "csr_pem": signing_request()}),
    Rule("GET", "/api/audit", "admin"),
    Rule("GET", "/api/openapi.json", OPEN_TO_ALL),
    Rule("GET", "/api/docs", OPEN_TO_ALL),
    Rule("GET", "/healthz", OPEN_TO_ALL),
    Rule("GET", "/readyz", OPEN_TO_ALL),
    Rule("GET", "/metrics", OPEN_TO_ALL),
    Rule("POST", "/api/media/auth", OPEN_TO_ALL, {}, own_check=True),
    Rule("POST", "/media/<id:camera_id>/whep", OPEN_TO_ALL, own_check=True),
    Rule("OPTIONS", "/media/<id:camera_id>/whep", OPEN_TO_ALL, own_check=True),
    Rule("PATCH", "/media/<id:camera_id>/whep/<session>", OPEN_TO_ALL, own_check=True),
    Rule("DELETE", "/media/<id:camera_id>/whep/<session>", OPEN_TO_ALL, own_check=True),
]


def routes(app: Flask) -> Iterator[tuple[str, str]]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint.split(".")[0] in PAGES and not rule.rule.startswith("/api/"):
            continue
        automatic = {"HEAD", "OPTIONS"} if rule.provide_automatic_options else {"HEAD"}
        for method in (rule.methods or set()) - automatic:
            if not rule.rule.startswith("/api/docs/"):
                yield method, rule.rule


def test_the_table_knows_every_route(app: Flask) -> None:
    assert sorted(set(routes(app))) == sorted((rule.method, rule.path) for rule in RULES)


class Place:
    """A hub with an own and a foreign camera, and one account of each role: for all cameras, and limited."""

    def __init__(self, app: Flask, login: Login) -> None:
        self.app = app
        admin = login("admin", name="owner")
        approved_device("door")
        self.own, self.foreign = camera(admin), camera(admin, name="Foreign")
        alert(self.own)
        alert(self.foreign)
        self.someone = login("viewer", name="someone")
        self.people = {role: login(role, name=f"all-{role}") for role in ROLES[1:]}
        self.limited = {role: login(role, cameras=[self.own], name=f"some-{role}") for role in ROLES[1:3]}

    def status(self, rule: Rule, who: Api | None, camera_id: int) -> int:
        path = rule.path.replace("<id:camera_id>", str(camera_id)).replace("<device:device_id>", "door")
        path = path.replace("<id:user_id>", "2").replace("<uuid:alert_id>", str(UUID(int=camera_id)))
        if who is None:
            return self.app.test_client().open(path, method=rule.method, json=rule.body).status_code
        return who.call(rule.method, path, json=rule.body).status_code


def alert(camera_id: int) -> None:
    """An alert of a camera, with an id made of the camera's."""
    at = datetime(2024, 5, 1, tzinfo=UTC)
    row = {"id": UUID(int=camera_id), "opened_at": at, "received_at": at, "camera_id": camera_id, "device_id": "door"}
    Alert.insert({**row, "ordinal": camera_id, "faces": 1, "score": 0.9, "box": [1, 2, 3, 4]}).execute()


@pytest.fixture
def place(app: Flask, login: Login) -> Place:
    return Place(app, login)


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if not rule.own_check], ids=lambda rule: f"{rule.method} {rule.path}"
)
def test_who_may(place: Place, rule: Rule) -> None:
    if rule.role != OPEN_TO_ALL:
        assert place.status(rule, None, place.own) == 401
    for role in ROLES[1:]:
        allowed = ROLES.index(role) >= ROLES.index(rule.role)
        if not allowed:
            assert place.status(rule, place.people[role], place.own) == 403
            assert place.status(rule, place.people[role], place.own + 1000) in (403, 404)
    _foreign(place, rule)
    lowest = max(ROLES.index(rule.role), 1)
    assert place.status(rule, place.people[ROLES[lowest]], place.own) in (200, 201, 202, 204, 409)


def _foreign(place: Place, rule: Rule) -> None:
    """A limited user gets for a foreign camera what they get for none at all."""
    for role, who in place.limited.items():
        if rule.on_camera and ROLES.index(role) >= ROLES.index(rule.role):
            assert place.status(rule, who, place.foreign) == 404
            assert place.status(rule, who, place.foreign + 1000) == 404
            assert place.status(rule, who, place.own) == 200
