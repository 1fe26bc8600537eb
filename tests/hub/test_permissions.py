"""Every route x every role x log-in and API token x own and foreign camera, from the app's own map of routes.

A route that the table does not know fails the first test; what its row says is then tried on a real hub.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from people import Api, approved_device, camera, member, signing_request, token_of

from hub.auth.scopes import SCOPES
from hub.store.models import Alert, Command

ROLES = ("nobody", "viewer", "operator", "admin")
OPEN_TO_ALL = "nobody"
BY_PATH = "by path"
PAGES = {"static", "dashboard", "docs"}  # blueprints that serve pages; the dashboard's own tests look after them


@dataclass(frozen=True)
class Rule:
    """Who may call a route. `on_camera`, `on_device`: a foreign one is 404. `body`: something that is let in.

    `scope`: what an API token needs; "" nothing, None: no token will do; BY_PATH: what the path and method suggest.
    """

    method: str
    path: str
    role: str
    body: Any = None
    on_camera: bool = False
    on_device: bool = False
    scope: str | None = BY_PATH
    own_check: bool = False  # the route has a check of its own, which its own test looks after

    @property
    def needed(self) -> str | None:
        if self.scope != BY_PATH:
            return self.scope
        return f"{self.path.split('/')[2]}:{'read' if self.method == 'GET' else 'write'}"


USER = {"username": "newcomer", "password": "long enough"}
RULES = [
    Rule("POST", "/api/auth/signup", OPEN_TO_ALL, USER, own_check=True),
    Rule("POST", "/api/auth/login", OPEN_TO_ALL, USER, own_check=True),
    Rule("POST", "/api/auth/refresh", OPEN_TO_ALL, {}, own_check=True),
    Rule("POST", "/api/auth/logout", "viewer", scope=None, own_check=True),
    Rule("GET", "/api/auth/me", "viewer", scope=""),
    Rule("GET", "/api/auth/sessions", "viewer", scope=None),
    Rule("DELETE", "/api/auth/sessions", "viewer", scope=None),
    Rule("DELETE", "/api/auth/sessions/<uuid:session_id>", "viewer", scope=None, own_check=True),
    Rule("GET", "/api/tokens", "viewer", scope=None),
    Rule("POST", "/api/tokens", "viewer", {"name": "x", "scopes": ["alerts:read"]}, scope=None),
    Rule("DELETE", "/api/tokens/<uuid:token_id>", "viewer", scope=None, own_check=True),
    Rule(
        "POST", "/api/auth/password", "viewer", {"current_password": "x", "new_password": "long enough"}, own_check=True
    ),
    Rule("POST", "/api/auth/ticket", "viewer", scope="alerts:read"),
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
    Rule("POST", "/api/cameras/<id:camera_id>/stream/watch", "viewer", on_camera=True, scope="streams:read"),
    Rule("POST", "/api/cameras/<id:camera_id>/stream/start", "operator", on_camera=True, scope="streams:write"),
    Rule("POST", "/api/cameras/<id:camera_id>/stream/stop", "operator", on_camera=True, scope="streams:write"),
    Rule("POST", "/api/cameras/<id:camera_id>/stream/auto", "operator", on_camera=True, scope="streams:write"),
    Rule("GET", "/api/alerts", "viewer"),
    Rule("GET", "/api/alerts/live", OPEN_TO_ALL, own_check=True),
    Rule("GET", "/api/alerts/<uuid:alert_id>", "viewer", on_camera=True),
    Rule("GET", "/api/alerts/<uuid:alert_id>/snapshot", "viewer", own_check=True),
    Rule("POST", "/api/alerts/<uuid:alert_id>/acknowledge", "operator", {}, on_camera=True),
    Rule("GET", "/api/stats/alerts", "viewer", scope="alerts:read"),
    Rule("POST", "/api/alerts/acknowledge", "operator", {"ids": ["00000000-0000-0000-0000-000000000001"]}),
    Rule("GET", "/api/devices", "viewer"),
    Rule("POST", "/api/devices", "admin", {"name": "x"}),
    Rule("GET", "/api/devices/<device:device_id>", "viewer", on_device=True),
    Rule("PATCH", "/api/devices/<device:device_id>", "admin", {"name": "x"}),
    Rule("POST", "/api/devices/<device:device_id>/approve", "admin"),
    Rule("POST", "/api/devices/<device:device_id>/revoke", "admin"),
    Rule("GET", "/api/devices/<device:device_id>/health", "viewer", on_device=True),
    Rule("POST", "/api/devices/<device:device_id>/commands", "operator", {"action": "snapshot", "camera_id": 1}),
    Rule("GET", "/api/devices/<device:device_id>/commands/<uuid:command_id>", "operator"),
    Rule("GET", "/api/devices/<device:device_id>/commands/<uuid:command_id>/picture", "operator"),
    Rule("POST", "/api/enroll", OPEN_TO_ALL, {"name": "x", "csr_pem": signing_request()}),
    Rule("POST", "/api/enroll/renew", OPEN_TO_ALL, own_check=True),
    Rule("GET", "/api/audit", "admin"),
    Rule("GET", "/api/system", "viewer"),
    Rule("GET", "/api/retention", "viewer", scope="system:read"),
    Rule("PATCH", "/api/retention", "admin", {"alert_days": 30}, scope="system:write"),
    Rule("GET", "/api/openapi.json", OPEN_TO_ALL),
    Rule("GET", "/api/docs", OPEN_TO_ALL),
    Rule("GET", "/healthz", OPEN_TO_ALL),
    Rule("GET", "/readyz", OPEN_TO_ALL, own_check=True),
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
    """A hub with an own and a foreign camera, each on a device, and people and programs of each role.

    `people` see all cameras, `limited` the own one; `programs` have every scope but those that are asked for.
    """

    def __init__(self, app: Flask) -> None:
        self.app = app
        admin = member(app, "owner", "admin")
        member(app, "someone", "viewer")
        for device_id in ("door", "gate"):
            approved_device(device_id)
        self.own, self.foreign = camera(admin, device_id="door"), camera(admin, name="Foreign", device_id="gate")
        alert(self.own)
        alert(self.foreign)
        command(self.own)
        self.people = {role: member(app, f"all-{role}", role) for role in ROLES[1:]}
        self.limited = {role: member(app, f"some-{role}", role, [self.own]) for role in ROLES[1:3]}

    def status(self, rule: Rule, who: Api | None, camera_id: int) -> int:
        path = rule.path.replace("<id:camera_id>", str(camera_id)).replace("<uuid:alert_id>", str(UUID(int=camera_id)))
        path = path.replace("<device:device_id>", "gate" if camera_id == self.foreign else "door")
        path = path.replace("<id:user_id>", "2").replace("<uuid:command_id>", str(UUID(int=camera_id)))
        if who is None:
            return self.app.test_client().open(path, method=rule.method, json=rule.body).status_code
        return who.call(rule.method, path, json=rule.body).status_code


def alert(camera_id: int) -> None:
    """An alert of a camera, with an id made of the camera's."""
    at = datetime(2024, 5, 1, tzinfo=UTC)
    row = {"id": UUID(int=camera_id), "opened_at": at, "received_at": at, "camera_id": camera_id, "device_id": "door"}
    Alert.insert({**row, "ordinal": camera_id, "faces": 1, "score": 0.9, "box": [1, 2, 3, 4]}).execute()


def command(camera_id: int) -> None:
    """An answered command about a camera, with an id made of the camera's."""
    at = datetime(2024, 5, 1, tzinfo=UTC)
    row = {"id": UUID(int=camera_id), "device": "door", "action": "snapshot", "camera_id": camera_id}
    Command.insert({**row, "asked_by": "owner", "asked_at": at, "expires_at": at, "picture": b"\xff\xd8"}).execute()


@pytest.fixture
def place(app: Flask) -> Place:
    return Place(app)


TRIED = [rule for rule in RULES if not rule.own_check]
GUARDED = [rule for rule in TRIED if rule.role != OPEN_TO_ALL and rule.path.startswith("/api/")]
LET_IN = (200, 201, 202, 204, 409)


def named(rule: Rule) -> str:
    return f"{rule.method} {rule.path}"


@pytest.mark.parametrize("rule", TRIED, ids=named)
def test_who_may(place: Place, rule: Rule) -> None:
    if rule.role != OPEN_TO_ALL:
        assert place.status(rule, None, place.own) == 401
    for role in ROLES[1:]:
        allowed = ROLES.index(role) >= ROLES.index(rule.role)
        if not allowed:
            assert place.status(rule, place.people[role], place.own) == 403
            assert place.status(rule, place.people[role], place.own + 1000) in (403, 404)
    _foreign(place, rule, place.limited)
    lowest = max(ROLES.index(rule.role), 1)
    assert place.status(rule, place.people[ROLES[lowest]], place.own) in LET_IN


@pytest.mark.parametrize("rule", GUARDED, ids=named)
def test_what_an_api_token_may(place: Place, rule: Rule) -> None:
    """Its one scope opens the route to the roles that may and to nobody else; every other scope together does not."""
    others = [scope for scope in SCOPES if scope != rule.needed]
    lowest = place.people[rule.role]
    if rule.needed is None:
        assert place.status(rule, token_of(lowest, SCOPES), place.own) == 403
        return
    if rule.needed:
        assert place.status(rule, token_of(lowest, others), place.own) == 403
    needed = [rule.needed or "alerts:read"]
    for role in ROLES[1 : ROLES.index(rule.role)]:
        assert place.status(rule, token_of(place.people[role], needed), place.own) == 403
    _foreign(place, rule, {role: token_of(who, needed) for role, who in place.limited.items()})
    assert place.status(rule, token_of(lowest, needed), place.own) in LET_IN


def _foreign(place: Place, rule: Rule, limited: dict[str, Api]) -> None:
    """A limited user gets for something foreign what they get for nothing at all."""
    for role, who in limited.items():
        if (rule.on_camera or rule.on_device) and ROLES.index(role) >= ROLES.index(rule.role):
            assert place.status(rule, who, place.foreign) == 404
            assert rule.on_device or place.status(rule, who, place.foreign + 1000) == 404
            assert place.status(rule, who, place.own) == 200


def test_lists_hold_nothing_foreign(place: Place) -> None:
    """For a limited user, by log-in and by token."""
    viewer = place.limited["viewer"]
    for who in (viewer, token_of(viewer, ["cameras:read", "alerts:read", "devices:read"])):
        assert [camera["id"] for camera in who.get("/api/cameras").get_json()["items"]] == [place.own]
        assert [item["camera_id"] for item in who.get("/api/alerts").get_json()["items"]] == [place.own]
        assert who.get(f"/api/alerts?camera_id={place.foreign}").get_json()["items"] == []
        assert [device["id"] for device in who.get("/api/devices").get_json()["items"]] == ["door"]
        counted = who.get("/api/stats/alerts?since=2024-05-01T00:00:00Z&until=2024-05-02T00:00:00Z").get_json()
        assert sum(bucket["alerts"] for bucket in counted["items"]) == 1


def test_no_scope_is_without_a_route() -> None:
    assert {rule.needed for rule in GUARDED} >= set(SCOPES) - {"metrics:read"}
