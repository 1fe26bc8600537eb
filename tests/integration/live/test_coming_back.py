"""What a page is told that comes back: what it missed, and how all is now."""

import threading
import time
from uuid import uuid4

import psycopg2
from live_pages import Served, Store, visit


def test_what_was_missed_is_replayed_without_gap_or_double(served: Served, store: Store) -> None:
    page = served.listen()
    store(visit(number=0))
    cursor = page.next()["cursor"]
    page.socket.close()
    store(*(visit(number=number) for number in range(1, 20)))
    stop = threading.Event()

    def go_on() -> None:
        number = 20
        while not stop.is_set():
            store(visit(number=number))
            number += 1

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        time.sleep(0.1)
        back = served.listen(f"?after={cursor}")
        heard = [back.next() for _ in range(200)]
    finally:
        stop.set()
        thread.join()
    seconds = [message["alert"]["opened_at"] for message in heard]
    assert seconds == sorted(seconds)
    assert len(set(seconds)) == 200
    assert seconds[0] == "2026-11-20T12:00:01Z"
    cursors = [int(message["cursor"]) for message in heard]
    assert cursors == sorted(set(cursors))


def test_too_much_missed_says_so(served: Served, store: Store) -> None:
    page = served.listen()
    store(visit(number=0))
    cursor = page.next()["cursor"]
    store(*(visit(number=number) for number in range(1, 700)))
    for _ in range(699):
        page.next()
    back = served.listen(f"?after={cursor}")
    back.next("missed")
    assert back.next()["alert"]["opened_at"] == "2026-11-20T12:03:20Z"


def test_who_comes_back_is_told_how_cameras_and_devices_are(served: Served, store: Store) -> None:
    """Whatever changed meanwhile; a page that was not there before has just read it all."""
    camera = served.camera("Gate")
    device = served.call("POST", "/api/devices", {"name": f"Door {uuid4().hex[:6]}"})["id"]
    page = served.listen()
    store(visit(number=0))
    cursor = page.next()["cursor"]
    page.socket.close()
    served.call("PATCH", f"/api/cameras/{camera}", {"name": "Yard"})
    served.call("POST", f"/api/devices/{device}/revoke", {})
    back = served.listen(f"?after={cursor}")
    while (told := back.next("camera")["camera"])["id"] != camera or told["name"] != "Yard":
        pass
    while (told := back.next("device")["device"])["id"] != device or told["state"] != "revoked":
        pass
    assert told == served.call("GET", f"/api/devices/{device}")
    assert served.listen().silent()


def test_who_comes_back_knows_which_cameras_are_no_more(served: Served, store: Store) -> None:
    """All that there are stand between a beginning and an end."""
    kept, gone = served.camera("Kept"), served.camera("Gone")
    served.call("DELETE", f"/api/cameras/{gone}")
    page = served.listen("?after=0")
    assert page.next("states")["states"] == "begin"
    page.heard.clear()
    assert page.next("states")["states"] == "end"
    told = {message["camera"]["id"] for message in page.heard if message["type"] == "camera"}
    assert told == {camera["id"] for camera in served.call("GET", "/api/cameras")["items"]}
    assert kept in told


def test_a_change_that_is_not_told_is_still_told_to_who_comes_back(served: Served, store: Store) -> None:
    """A page that heard less than its list had would read the list again, and again."""
    device = served.call("POST", "/api/devices", {"name": f"Door {uuid4().hex[:6]}"})["id"]
    served.call("PATCH", f"/api/devices/{device}", {"name": "Door"})
    page = served.listen("?after=0")
    while page.next("device")["device"]["id"] != device:
        pass
    with psycopg2.connect(served.database_url) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE device SET desired_revision = 7 WHERE id = %s", (device,))
    connection.close()
    back = served.listen("?after=0")
    while (told := back.next("device")["device"])["id"] != device:
        pass
    assert told["desired_revision"] == 7


def test_a_cursor_from_before_a_restore_is_told_to_read_the_list(served: Served, store: Store) -> None:
    page = served.listen()
    store(visit(number=1))
    beyond = int(page.next()["cursor"]) + 1000
    back = served.listen(f"?after={beyond}")
    back.next("missed")
    store(visit(number=2))
    assert back.next()["alert"]["opened_at"] == "2026-11-20T12:00:02Z"
