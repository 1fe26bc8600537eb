"""Sessions and the router without a network: order, receipts, bounds, takeovers."""

from dataclasses import dataclass, field

from hub.mqtt.packets import Publish
from hub.mqtt.router import Router
from hub.mqtt.rules import HUB, acl_file, may_publish, may_receive
from hub.mqtt.session import INFLIGHT, QUEUE, Session


@dataclass(eq=False)
class Wire:
    """A client's connection that takes everything."""

    router: Router
    name: str
    will: Publish | None = None
    heard: list[Publish] = field(default_factory=list)
    session: Session | None = None
    open: bool = True

    def connect(self, clean: bool = True) -> "Wire":
        self.session, _ = self.router.connected(self.name, clean, self)
        self.flush()
        return self

    def flush(self) -> None:
        if self.session is not None:
            self.session.send(self.heard.append, lambda: self.open)

    def drop(self) -> None:
        if self.session is not None:
            self.session = None
            self.router.disconnected(self.name, self, self.will)

    def subscribe(self, *filters: str) -> "Wire":
        assert self.session is not None
        self.router.subscribe(self.session, [(wanted, 1) for wanted in filters])
        return self


def everything(_name: str, _topic: str) -> bool:
    return True


def router() -> Router:
    return Router(everything, everything)


def say(hub: Router, number: int, qos: int = 1) -> None:
    hub.publish("door", Publish("t", str(number).encode(), qos, number=1 if qos else 0))


def payloads(wire: Wire) -> list[int]:
    return [int(message.payload) for message in wire.heard]


def test_what_is_unacknowledged_comes_again_first_and_in_order() -> None:
    hub = router()
    wire = Wire(hub, "hub").connect(clean=False).subscribe("t")
    for number in range(5):
        say(hub, number)
    assert wire.session is not None
    for message in wire.heard[:2]:
        wire.session.acknowledged(message.number)
    wire.drop()
    say(hub, 5)
    say(hub, 6, qos=0)
    back = Wire(hub, "hub").connect(clean=False)
    assert payloads(back) == [2, 3, 4, 5]
    assert [message.duplicate for message in back.heard] == [True, True, True, False]


def test_the_window_bounds_what_is_under_way_and_the_queue_what_waits() -> None:
    hub = router()
    wire = Wire(hub, "hub").connect(clean=False).subscribe("t")
    for number in range(INFLIGHT + QUEUE + 50):
        say(hub, number)
    assert len(wire.heard) == INFLIGHT
    assert wire.session is not None
    assert wire.session.dropped == 50
    wire.session.acknowledged(wire.heard[0].number)
    wire.flush()
    assert payloads(wire)[-1] == INFLIGHT


def test_a_takeover_says_the_will_before_the_newcomer_speaks() -> None:
    hub = router()
    watcher = Wire(hub, "watcher").connect().subscribe("status")
    Wire(hub, "door", will=Publish("status", b"offline", 1, retain=True)).connect()
    Wire(hub, "door").connect()
    hub.publish("door", Publish("status", b"online", 1, retain=True))
    assert [message.payload for message in watcher.heard] == [b"offline", b"online"]
    late = Wire(hub, "late").connect().subscribe("status")
    assert [(message.payload, message.retain) for message in late.heard] == [(b"online", True)]


def test_a_clean_session_forgets() -> None:
    hub = router()
    Wire(hub, "hub").connect(clean=False).subscribe("t").drop()
    say(hub, 1)
    assert Wire(hub, "hub").connect(clean=True).heard == []
    say(hub, 2)
    assert Wire(hub, "hub").connect(clean=False).heard == []


def test_the_lower_of_both_qualities_counts() -> None:
    hub = router()
    wire = Wire(hub, "hub").connect().subscribe("t")
    say(hub, 1, qos=0)
    assert wire.heard[0].qos == 0
    assert wire.session is not None
    hub.subscribe(wire.session, [("t", 0)])
    say(hub, 2, qos=1)
    assert wire.heard[1].qos == 0


def test_the_names_of_the_group_may_what_the_hub_may() -> None:
    for name in (HUB, f"{HUB}.1", f"{HUB}.8"):
        assert may_publish(name, "watchpost/v1/door/desired")
        assert may_receive(name, "watchpost/v1/door/visit")
    assert not may_publish(f"{HUB}.9", "watchpost/v1/door/desired")
    assert f"user {HUB}.8\ntopic readwrite watchpost/v1/#\n" in acl_file()
