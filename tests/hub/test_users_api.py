"""Accounts for admins, and the audit log of what they do."""

import pytest
from flask import Flask
from people import PASSWORD, Api, Login, camera


@pytest.fixture
def admin(login: Login) -> Api:
    return login("admin")


def test_a_limited_account(app: Flask, admin: Api) -> None:
    camera_id = camera(admin)
    body = {"username": "Bob", "password": PASSWORD, "role": "operator", "camera_ids": [camera_id]}
    answer = admin.post("/api/users", json=body)
    assert answer.status_code == 201, answer.text
    made = answer.get_json()
    assert {name: made[name] for name in ("username", "role", "camera_ids", "disabled")} == {
        "username": "Bob",
        "role": "operator",
        "camera_ids": [camera_id],
        "disabled": False,
    }
    assert "password" not in answer.text
    assert Api.logged_in(app, "bob", PASSWORD).get("/api/auth/me").get_json()["camera_ids"] == [camera_id]
    assert admin.patch(f"/api/users/{made['id']}", json={"camera_ids": None}).get_json()["camera_ids"] is None
    assert admin.post("/api/users", json={**body, "username": "BOB"}).status_code == 409
    assert admin.post("/api/users", json={**body, "username": "Eve", "camera_ids": [999]}).status_code == 409
    assert [user["username"] for user in admin.get("/api/users").get_json()["items"]] == ["admin-all", "Bob"]


def test_disabling_a_new_password_and_deleting_end_sessions(app: Flask, admin: Api, login: Login) -> None:
    for change in ({"disabled": True}, {"password": "another good one"}, None):
        name = f"user-{change and next(iter(change))}"
        bob = login("viewer", name=name)
        user_id = bob.get("/api/auth/me").get_json()["id"]
        answer = admin.patch(f"/api/users/{user_id}", json=change) if change else admin.delete(f"/api/users/{user_id}")
        assert answer.status_code in (200, 204)
        assert bob.get("/api/auth/me").status_code == 401
    body = {"username": "user-disabled", "password": PASSWORD}
    assert app.test_client().post("/api/auth/login", json=body).status_code == 401


def test_a_new_role_counts_at_once(admin: Api, login: Login) -> None:
    bob = login("viewer")
    user_id = bob.get("/api/auth/me").get_json()["id"]
    assert bob.get("/api/users").status_code == 403
    admin.patch(f"/api/users/{user_id}", json={"role": "admin"})
    assert bob.get("/api/users").status_code == 200


def test_the_last_admin_stays(admin: Api) -> None:
    me = admin.get("/api/auth/me").get_json()["id"]
    for change in ({"role": "viewer"}, {"disabled": True}):
        assert admin.patch(f"/api/users/{me}", json=change).status_code == 409
    assert admin.delete(f"/api/users/{me}").status_code == 409
    assert admin.get("/api/users").status_code == 200


def test_deleting_a_camera_forgets_who_might_see_it(admin: Api, login: Login) -> None:
    camera_id = camera(admin)
    bob = login("viewer", cameras=[camera_id])
    admin.delete(f"/api/cameras/{camera_id}")
    assert bob.get("/api/auth/me").get_json()["camera_ids"] == []


def test_the_audit_log_is_paged_and_filtered(admin: Api) -> None:
    ids = [camera(admin, name=f"Camera {number}") for number in range(5)]
    seen, cursor = [], None
    while True:
        query = f"limit=2&action=camera.create{f'&cursor={cursor}' if cursor else ''}"
        page = admin.get(f"/api/audit?{query}").get_json()
        seen += [entry["target"] for entry in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"camera {camera_id}" for camera_id in reversed(ids)]
    entry = admin.get(f"/api/audit?target=camera {ids[0]}").get_json()["items"][0]
    assert (entry["actor"], entry["address"], entry["before"]) == ("admin-all", "127.0.0.1", None)
    assert entry["after"]["source_url"] == "rtsp://***:***@cam/1"
