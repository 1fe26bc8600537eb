"""Accounts, tokens, cookies, sessions: over HTTP, on a real database."""


def test_first_account_is_admin_then_closed(client):
    body = {"username": "Ann", "password": "long enough"}
    answer = client.post("/api/auth/signup", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.get_json() == {"id": 1, "username": "Ann", "role": "admin"}
    assert client.post("/api/auth/signup", json={**body, "username": "Bob"}).status_code == 403


def test_login_me_logout(client, login):
    api = login("viewer")
    me = api.get("/api/auth/me")
    assert me.get_json()["role"] == "viewer", me.text
    assert api.post("/api/auth/logout").status_code == 204
    assert api.get("/api/auth/me").status_code == 401
