"""A device that floods, before a real broker and a real ingest: it gets its share, all others are answered."""

import time

from ingest_place import Place
from pretend_devices import visit
from waiting import until

from hub.ingest.shares import BURST, PER_S

FLOOD, PATIENCE_S = 8000, 90.0
HONEST, EACH = 5, 20


def test_a_flood_gets_its_share_and_honest_devices_are_answered(place: Place) -> None:
    camera = place.add_camera("flood")
    flooding = place.join("flood")
    honest = [(place.join(f"honest-{number}"), place.add_camera(f"honest-{number}")) for number in range(HONEST)]
    began = time.monotonic()
    place.start_ingest()
    said = [flooding.say(visit(camera, sequence, size=10)) for sequence in range(FLOOD)]
    said[-1].wait_for_publish(PATIENCE_S)
    for device, door in honest:  # behind the flood: when they are answered, all of it has been read
        for sequence in range(EACH):
            device.say(visit(door, sequence))
    until(lambda: not any(device.waiting for device, _ in honest), "the answers to honest devices", PATIENCE_S)
    assert FLOOD - len(flooding.waiting) <= BURST + PER_S * (time.monotonic() - began)
    ((stored,),) = place.query("SELECT count(*) FROM alert WHERE device_id LIKE 'honest-%%'")
    assert stored == HONEST * EACH
