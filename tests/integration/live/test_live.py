"""The live feed under gunicorn: everything once and in order, only to those who may see it, across reconnections."""

import time
from typing import Any
from uuid import uuid4

import pytest
from live_pages import Page, Served, Store, visit
from websocket import ABNF, WebSocket, WebSocketBadStatusException, WebSocketException, create_connection


def test_an_alert_comes_when_it_opens_and_when_it_closes(served: Served, store: Store) -> None:
    page = served.listen()
    visit_id = uuid4()
    store(visit(visit_id=visit_id))
    opened = page.next()
    assert (opened["alert"]["id"], opened["alert"]["closed_at"]) == (str(visit_id), None)
    store(visit(visit_id=visit_id, closed=True))
    closed = page.next()
    assert (closed["alert"]["id"], closed["alert"]["closed_at"]) == (str(visit_id), "2026-11-20T12:00:05Z")
    assert int(closed["cursor"]) > int(opened["cursor"])
    assert closed["alert"] == served.call("GET", f"/api/alerts/{visit_id}")
    served.call("POST", f"/api/alerts/{visit_id}/acknowledge", {})
    assert page.next()["alert"]["acknowledged_by"] == "admin"


def test_cameras_and_devices_are_told(served: Served, store: Store) -> None:
    page = served.listen()
    camera = served.camera("Gate")
    told = page.next("camera")
    assert told["camera"] == served.call("GET", f"/api/cameras/{camera}")
    served.call("DELETE", f"/api/cameras/{camera}")
    while "deleted" not in told["camera"]:
        told = page.next("camera")
    assert told["camera"] == {"id": camera, "deleted": True}
    device = served.call("POST", "/api/devices", {"name": f"Door {uuid4().hex[:6]}"})
    assert page.next("device")["device"]["id"] == device["id"]


def test_a_limited_user_hears_only_of_their_cameras(served: Served, store: Store) -> None:
    mine, other = served.camera("Mine"), served.camera("Other")
    name = f"viewer-{uuid4().hex[:6]}"
    served.call("POST", "/api/users", {"username": name, "password": "correct horse battery", "camera_ids": [mine]})
    token = served.login(name)["access_token"]
    page = served.listen(token=token)
    store(visit(other, 1), visit(mine, 2), visit(other, 3))
    first = page.next()
    assert first["alert"]["camera_id"] == mine
    store(visit(other, 4))
    served.call("PATCH", f"/api/cameras/{other}", {"name": "Secret"})
    assert page.silent()
    replayed = served.listen("?after=0", token=token)
    assert replayed.next()["alert"]["camera_id"] == mine
    assert cameras_told(replayed) == [mine]
    assert replayed.silent()


def test_who_may_not_listen(served: Served) -> None:
    def refused(status: int, query: str = "", **options: object) -> None:
        with pytest.raises(WebSocketBadStatusException) as caught:
            served.listen(query, **options)
        assert caught.value.status_code == status

    refused(401, header=[])
    refused(401, header=["Authorization: Bearer nonsense"])
    refused(401, "?ticket=nonsense", header=[])
    refused(400, "?after=garbage")
    refused(422, "?colour=red")
    refused(403, origin="https://evil.example")
    assert served.listen(origin=served.url).silent()


def test_a_plain_get_is_told_to_upgrade(served: Served) -> None:
    import urllib.error

    with pytest.raises(urllib.error.HTTPError) as caught:
        served.call("GET", "/api/alerts/live")
    assert caught.value.code == 426


def test_a_ticket_opens_a_socket(served: Served, store: Store) -> None:
    ticket = served.call("POST", "/api/auth/ticket", {})["ticket"]
    page = served.listen(f"?ticket={ticket}", header=[])
    store(visit())
    page.next()


def test_a_revoked_session_is_closed(served: Served, store: Store) -> None:
    name = f"viewer-{uuid4().hex[:6]}"
    served.call("POST", "/api/users", {"username": name, "password": "correct horse battery"})
    token = served.login(name)["access_token"]
    page = served.listen(token=token)
    store(visit())
    page.next()
    served.call("POST", "/api/auth/logout", {}, token=token)
    opcode, data = page.socket.recv_data()
    assert opcode == ABNF.OPCODE_CLOSE
    assert int.from_bytes(data[:2], "big") == 1008


def test_an_api_token_listens_until_it_is_revoked(served: Served, store: Store) -> None:
    def made(scope: str) -> dict[str, Any]:
        token: dict[str, Any] = served.call("POST", "/api/tokens", {"name": "display", "scopes": [scope]})
        return token

    with pytest.raises(WebSocketBadStatusException, match="403"):
        served.listen(token=made("cameras:read")["token"])
    token = made("alerts:read")
    page = served.listen(token=token["token"])
    store(visit())
    page.next()
    served.call("DELETE", f"/api/tokens/{token['id']}")
    opcode, data = page.socket.recv_data()
    assert (opcode, int.from_bytes(data[:2], "big")) == (ABNF.OPCODE_CLOSE, 1008)


def test_pings_good_byes_and_nonsense(served: Served, store: Store) -> None:
    page = served.listen()
    page.socket.ping(b"here?")
    opcode, frame = page.socket.recv_data(control_frame=True)
    assert (opcode, frame) == (ABNF.OPCODE_PONG, b"here?")
    page.socket.send("this is ignored" * 1000)
    store(visit())
    page.next()
    page.socket.send_close(1000, b"bye")
    assert page.socket.recv_data()[0] == ABNF.OPCODE_CLOSE
    rude = served.listen()
    rude.socket.sock.send(b"\xff" * 100)  # reserved bits, no mask
    assert rude.socket.recv_data()[0] == ABNF.OPCODE_CLOSE


def test_a_page_that_does_not_read_holds_nobody_up(served: Served, store: Store) -> None:
    token = served.admin["access_token"]
    url = served.url.replace("http://", "ws://") + "/api/alerts/live"
    lazy = create_connection(url, header=[f"Authorization: Bearer {token}"], sockopt=[(1, 8, 4096)])  # SO_RCVBUF
    quick = served.listen()
    for batch in range(60):
        store(*(visit(number=batch * 200 + number) for number in range(200)))
    heard = [quick.next() for _ in range(60 * 200)]
    assert len({message["cursor"] for message in heard}) == 12_000
    lazy.settimeout(10)
    assert len(read_until_closed(lazy)) < 12_000


def read_until_closed(socket: WebSocket) -> list[str]:
    texts = []
    try:
        while text := socket.recv():
            texts.append(text)
    except (WebSocketException, OSError):
        return texts
    return texts


def test_threads_stay_free_for_requests(served: Served, store: Store) -> None:
    pages = [served.listen() for _ in range(60)]
    began = time.monotonic()
    for _ in range(5):
        served.call("GET", "/api/alerts")
    assert time.monotonic() - began < 10
    store(visit())
    for page in pages:
        page.next()
    for page in pages:
        page.socket.close()


def test_a_database_restart_loses_no_alert(served: Served, store: Store) -> None:
    page: Page = served.listen()
    store(visit(number=1))
    page.next()
    from hub.store.migrate import session

    with session(served.database_url) as database:
        database.execute_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'watchpost listen'"
        )
        database.execute_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'watchpost web'"
        )
    store(visit(number=2))
    assert page.next()["alert"]["opened_at"] == "2026-11-20T12:00:02Z"


def test_what_a_user_may_see_changes_while_they_listen(served: Served, store: Store) -> None:
    first, second = served.camera("First"), served.camera("Second")
    name = f"viewer-{uuid4().hex[:6]}"
    body = {"username": name, "password": "correct horse battery", "camera_ids": [first]}
    user = served.call("POST", "/api/users", body)["id"]
    page = served.listen(token=served.login(name)["access_token"])
    store(visit(second, 1), visit(first, 2))
    assert page.next()["alert"]["camera_id"] == first
    served.call("PATCH", f"/api/users/{user}", {"camera_ids": [second]})
    assert cameras_told(page) == [second]
    store(visit(first, 3), visit(second, 4))
    assert page.next()["alert"]["camera_id"] == second
    served.call("PATCH", f"/api/users/{user}", {"camera_ids": []})
    assert cameras_told(page) == []
    store(visit(first, 5), visit(second, 6))
    assert page.silent()
    served.call("DELETE", f"/api/users/{user}")
    assert page.socket.recv_data()[0] == ABNF.OPCODE_CLOSE


def cameras_told(page: Page) -> list[int]:
    """All that there are for this page, as it is told them anew."""
    page.next("states")
    page.heard.clear()
    page.next("states")
    return [message["camera"]["id"] for message in page.heard if message["type"] == "camera"]


def test_a_session_that_ends_while_nobody_hears_of_it_is_closed_all_the_same(served: Served, store: Store) -> None:
    name = f"viewer-{uuid4().hex[:6]}"
    served.call("POST", "/api/users", {"username": name, "password": "correct horse battery"})
    page = served.listen(token=served.login(name)["access_token"])
    from hub.store.migrate import session

    with session(served.database_url) as database:  # without the notice, as if it had come between two connections
        database.execute_sql(
            "UPDATE session SET revoked_at = now() WHERE user_id = (SELECT id FROM app_user WHERE username = %s)",
            (name,),
        )
        database.execute_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'watchpost listen'"
        )
    assert page.socket.recv_data()[0] == ABNF.OPCODE_CLOSE
