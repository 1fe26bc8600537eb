"""API tokens: told once, kept as a digest, good for their scopes and never for more than their owner may."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from people import Api, Login, account, camera

from hub.auth.principal import Role
from hub.auth.scopes import SCOPES, beyond, scope_of
from hub.store.models import ApiToken, Audit, User

NEW = {"name": "Front desk", "scopes": ["alerts:read", "cameras:read"]}


def made(api: Api, **changes: Any) -> tuple[dict[str, Any], Api]:
    """What the hub answered, and a program that uses the token."""
    answer = api.post("/api/tokens", json={**NEW, **changes})
    assert answer.status_code == 201, answer.text
    body = answer.get_json()
    return body, Api(api.app, {"access_token": body["token"]})


@pytest.fixture
def admin(login: Login) -> Api:
    return login("admin")


def test_a_token_is_told_once_and_kept_as_a_digest(admin: Api) -> None:
    body, program = made(admin)
    assert body["token"].startswith("wp_")
    assert (body["hint"][:3], body["hint"][-4:]) == ("wp_", body["token"][-4:])
    listed = admin.get("/api/tokens")
    assert body["token"] not in listed.text
    assert listed.get_json()["items"][0] == {**{k: v for k, v in body.items() if k != "token"}, "last_used_at": None}
    assert body["token"].encode() not in bytes(ApiToken.get().token_sha256)
    assert all(body["token"] not in f"{row.before}{row.after}" for row in Audit.select())
    assert program.get("/api/auth/me").get_json()["username"] == "admin-all"


def test_scopes_narrow_and_the_missing_one_is_named(admin: Api) -> None:
    _, program = made(admin)
    camera(admin)
    assert len(program.get("/api/cameras").get_json()["items"]) == 1
    refused = program.post("/api/cameras", json={"name": "x", "source_url": "picamera://0"})
    assert (refused.status_code, refused.get_json()["detail"]) == (403, "this API token has no scope cameras:write")
    assert program.get("/api/devices").status_code == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/tokens"),
        ("POST", "/api/tokens"),
        ("GET", "/api/auth/sessions"),
        ("DELETE", "/api/auth/sessions"),
        ("POST", "/api/auth/password"),
    ],
)
def test_no_token_reaches_what_is_for_people(admin: Api, method: str, path: str) -> None:
    _, program = made(admin, scopes=list(SCOPES))
    refused = program.call(method, path, json=NEW)
    assert (refused.status_code, refused.get_json()["detail"]) == (403, "this needs a log-in, not an API token")


@pytest.mark.parametrize("path", ["/", "/settings", "/users"])
def test_no_token_opens_a_page(admin: Api, path: str) -> None:
    _, program = made(admin, scopes=list(SCOPES))
    assert program.get(path, headers={"Accept": "text/html"}).status_code == 303


def test_a_token_never_may_more_than_its_owner(app: Flask, admin: Api, login: Login) -> None:
    viewer = login("viewer", name="Vera")
    refused = viewer.post("/api/tokens", json={**NEW, "scopes": ["alerts:read", "cameras:write"]})
    assert refused.status_code == 422
    assert refused.get_json()["errors"] == [
        {"field": "body.scopes", "detail": "Vera is viewer and has no use for cameras:write"}
    ]
    body, program = made(admin, scopes=["cameras:write", "cameras:read"])
    new = {"name": "x", "source_url": "picamera://0"}
    assert program.post("/api/cameras", json=new).status_code == 201
    login("admin", name="second")
    User.update(role="viewer").where(User.id == body["user_id"]).execute()
    assert program.post("/api/cameras", json=new).status_code == 403


def test_a_token_sees_the_cameras_of_its_owner_as_they_are_now(admin: Api, login: Login) -> None:
    own, foreign = camera(admin), camera(admin, name="Foreign")
    viewer = login("viewer", cameras=[own], name="Vera")
    body, program = made(viewer)
    assert [item["id"] for item in program.get("/api/cameras").get_json()["items"]] == [own]
    assert program.get(f"/api/cameras/{foreign}").status_code == 404
    admin.patch(f"/api/users/{body['user_id']}", json={"camera_ids": [foreign]})
    assert [item["id"] for item in program.get("/api/cameras").get_json()["items"]] == [foreign]


def test_admins_make_see_and_revoke_tokens_of_others(app: Flask, admin: Api, login: Login) -> None:
    viewer = login("viewer", name="Vera")
    vera = viewer.get("/api/auth/me").get_json()["id"]
    body, program = made(admin, user_id=vera)
    assert (body["username"], program.get("/api/auth/me").get_json()["username"]) == ("Vera", "Vera")
    assert admin.get("/api/tokens").get_json()["items"] == []
    assert len(admin.get("/api/tokens?whose=all").get_json()["items"]) == 1
    assert viewer.get("/api/tokens?whose=all").status_code == 403
    assert viewer.post("/api/tokens", json={**NEW, "user_id": 1}).status_code == 403
    assert admin.post("/api/tokens", json={**NEW, "user_id": 999}).status_code == 404
    stranger = login("viewer", name="Eve")
    assert stranger.delete(f"/api/tokens/{body['id']}").status_code == 404
    assert admin.delete(f"/api/tokens/{body['id']}").status_code == 204
    assert program.get("/api/auth/me").status_code == 401
    assert admin.delete(f"/api/tokens/{body['id']}").status_code == 404


@pytest.mark.parametrize("end", ["revoke", "expire", "disable", "delete"])
def test_a_token_ends(admin: Api, login: Login, end: str) -> None:
    viewer = login("viewer", name="Vera")
    body, program = made(viewer)
    assert program.get("/api/cameras").status_code == 200
    if end == "revoke":
        assert viewer.delete(f"/api/tokens/{body['id']}").status_code == 204
    elif end == "expire":
        ApiToken.update(expires_at=datetime.now(UTC) - timedelta(seconds=1)).execute()
    elif end == "disable":
        admin.patch(f"/api/users/{body['user_id']}", json={"disabled": True})
    else:
        admin.delete(f"/api/users/{body['user_id']}")
    refused = program.get("/api/cameras")
    assert (refused.status_code, refused.mimetype) == (401, "application/problem+json")


def test_a_token_outlives_a_log_out_and_the_log_out_is_not_for_tokens(app: Flask, admin: Api) -> None:
    _, program = made(admin)
    assert admin.post("/api/auth/logout").status_code == 204
    assert program.get("/api/cameras").status_code == 200
    assert program.post("/api/auth/logout").status_code == 401


def test_when_it_was_used_is_kept_to_the_minute(admin: Api) -> None:
    body, program = made(admin)
    program.get("/api/cameras")
    first = admin.get("/api/tokens").get_json()["items"][0]["last_used_at"]
    assert first is not None
    program.get("/api/cameras")
    assert admin.get("/api/tokens").get_json()["items"][0]["last_used_at"] == first
    ApiToken.update(last_used_at=datetime.now(UTC) - timedelta(minutes=2)).where(ApiToken.id == body["id"]).execute()
    program.get("/api/cameras")
    assert admin.get("/api/tokens").get_json()["items"][0]["last_used_at"] > first


def test_the_audit_log_names_the_token(admin: Api) -> None:
    body, program = made(admin, scopes=["cameras:write"])
    program.post("/api/cameras", json={"name": "x", "source_url": "picamera://0"})
    admin.delete(f"/api/tokens/{body['id']}")
    entries = admin.get("/api/audit").get_json()["items"]
    told = [(entry["action"], entry["actor"], entry["token"]) for entry in entries[:3]]
    assert told == [
        ("token.revoke", "admin-all", ""),
        ("camera.create", "admin-all", "Front desk"),
        ("token.create", "admin-all", ""),
    ]
    assert entries[2]["after"]["scopes"] == ["cameras:write"]


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"scopes": []},
        {"scopes": ["everything"]},
        {"scopes": ["alerts:read"] * 100},
        {"valid_days": 0},
        {"valid_days": 10**9},
        {"user_id": 0},
    ],
)
def test_bad_wishes_name_the_field(admin: Api, change: dict[str, Any]) -> None:
    refused = admin.post("/api/tokens", json={**NEW, **change})
    assert refused.status_code == 422
    assert refused.get_json()["errors"][0]["field"].startswith(f"body.{next(iter(change))}")


@pytest.mark.parametrize("token", ["wp_", "wp_x", "wp_" + "é" * 9, "wp_" + "x" * 4000, "wp_ a b"])
def test_nonsense_is_401(app: Flask, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}".encode().decode("latin-1")}
    assert app.test_client().get("/api/auth/me", headers=headers).status_code == 401


def test_a_ticket_of_a_token_dies_with_it(app: Flask, admin: Api) -> None:
    from hub.auth.tokens import principal_of_ticket
    from hub.errors import Unauthenticated

    body, program = made(admin)
    ticket = program.post("/api/auth/ticket").get_json()["ticket"]
    with app.app_context():
        assert principal_of_ticket(ticket).scopes == frozenset(NEW["scopes"])
        admin.delete(f"/api/tokens/{body['id']}")
        with pytest.raises(Unauthenticated):
            principal_of_ticket(ticket)


def test_a_token_to_watch_watches(app: Flask, admin: Api) -> None:
    camera_id = camera(admin)
    _, program = made(admin, scopes=["streams:read"])
    token = program.post(f"/api/cameras/{camera_id}/stream/watch").get_json()["token"]
    ask = {"action": "read", "path": str(camera_id), "token": token}
    assert app.test_client().post("/api/media/auth", json=ask).status_code == 204
    assert program.post(f"/api/cameras/{camera_id}/stream/stop").status_code == 403
    ApiToken.update(revoked_at=datetime.now(UTC)).execute()
    assert app.test_client().post("/api/media/auth", json=ask).status_code == 401


def test_there_is_a_most(monkeypatch: pytest.MonkeyPatch, admin: Api) -> None:
    monkeypatch.setattr("hub.api.api_tokens.MOST", 1)
    made(admin)
    assert admin.post("/api/tokens", json=NEW).status_code == 409


def test_scope_names() -> None:
    assert [scope_of("alerts", method) for method in ("GET", "POST")] == ["alerts:read", "alerts:write"]
    assert scope_of("streams:read", "POST") == "streams:read"
    assert scope_of("", "POST") == ""
    assert beyond(SCOPES, Role.ADMIN) == []
    assert beyond(["alerts:read", "users:read"], Role.OPERATOR) == ["users:read"]


def test_the_guide_tells_every_scope_and_its_least_role() -> None:
    told: dict[str, str] = {}
    for line in (Path(__file__).parents[2] / "docs" / "api.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0].startswith("`") and len(cells) == 3:
            scopes, roles = cells[0].replace("`", "").split(" · "), cells[2].split(" · ")
            told |= dict(zip(scopes, roles if len(roles) > 1 else roles * len(scopes), strict=True))
    assert told == SCOPES


def test_the_document_tells_the_scope(app: Flask) -> None:
    paths = app.test_client().get("/api/openapi.json").get_json()["paths"]
    assert paths["/api/cameras"]["post"]["security"] == [{"bearer": ["cameras:write"]}, {"cookie": []}]
    assert paths["/api/auth/me"]["get"]["security"] == [{"bearer": []}, {"cookie": []}]
    assert "streams:read" in app.test_client().get("/api/docs").text


# --- sessions


def test_own_sessions_are_listed_and_ended(app: Flask, login: Login) -> None:
    here = login("viewer", name="Vera")
    there, elsewhere, eve = (Api.logged_in(app, "Vera", "correct horse battery") for _ in range(3))
    foreign = login("viewer", name="Eve")
    items = here.get("/api/auth/sessions").get_json()["items"]
    assert [item["current"] for item in items].count(True) == 1
    assert set(items[0]) == {
        "id",
        "created_at",
        "last_used_at",
        "expires_at",
        "address",
        "user_agent",
        "current",
    }
    (theirs,) = [i["id"] for i in there.get("/api/auth/sessions").get_json()["items"] if i["current"]]
    assert foreign.delete(f"/api/auth/sessions/{theirs}").status_code == 404
    assert here.delete(f"/api/auth/sessions/{theirs}").status_code == 204
    assert there.get("/api/auth/me").status_code == 401
    assert here.delete("/api/auth/sessions").status_code == 204
    assert [api.get("/api/auth/me").status_code for api in (here, elsewhere, eve)] == [200, 401, 401]
    assert foreign.get("/api/auth/me").status_code == 200


def test_ending_this_session_takes_its_cookies(app: Flask) -> None:
    account(app, "Ann", "viewer")
    browser = app.test_client()
    browser.post("/api/auth/login", json={"username": "Ann", "password": "correct horse battery"})
    (mine,) = browser.get("/api/auth/sessions").get_json()["items"]
    cookie = browser.get_cookie("csrf_access_token")
    assert cookie is not None
    answer = browser.delete(f"/api/auth/sessions/{mine['id']}", headers={"X-CSRF-TOKEN": cookie.value})
    assert answer.status_code == 204
    assert browser.get_cookie("csrf_access_token") is None
