"""The uplink against a real mosquitto: brokers that die, hubs that answer late or never, strangers, bad messages."""

import logging
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from real_broker import FakeHub, RealBroker
from uplink_site import NAME, Site, empty, put
from visit_reports import closing, opening
from waiting import until

from edge import worker
from edge.wire.codec import decode, decode_json
from edge.wire.messages import Action, Answer, Command, Desired, Health, Reported, Status
from edge.wire.topics import Kind, topic


def test_visits_reach_the_hub_and_leave_the_outbox_on_its_answer(broker: RealBroker, hub: FakeHub, site: Site) -> None:
    uplink = site.connect(broker.url)
    put(site, uplink, 100)
    until(empty(site))
    assert sorted(visit.sequence for visit in hub.visits) == list(range(1, 101))
    assert uplink.trouble == ""


def test_a_broker_whose_name_cannot_be_looked_up_is_told(site: Site) -> None:
    uplink = site.connect("mqtt://hub..example")
    until(lambda: "not a name" in uplink.trouble)
    assert not worker.crashed.is_set()


def test_a_backlog_from_before_the_start_is_sent(broker: RealBroker, hub: FakeHub, site: Site) -> None:
    for _ in range(60):
        site.outbox.put(closing())
    site.connect(broker.url)
    until(empty(site))
    assert len(hub.visits) == 60


def test_a_broker_that_dies_and_returns_loses_nothing(broker: RealBroker, hub: FakeHub, site: Site) -> None:
    uplink = site.connect(broker.url)
    put(site, uplink, 20)
    until(lambda: len(hub.visits) >= 10)
    broker.kill()
    put(site, uplink, 20)
    until(lambda: uplink.trouble != "")
    heard = len(hub.of(Kind.STATUS))
    broker.start()
    until(lambda: len(hub.of(Kind.STATUS)) > heard)

    def emptied() -> bool:
        site.clock.move(31)  # what the broker took before the hub was back is sent again
        return site.outbox.figures().length == 0

    until(emptied)
    assert {visit.sequence for visit in hub.visits} == set(range(1, 41))


def test_a_hub_that_never_answers_gets_it_again_and_the_outbox_keeps_it(
    broker: RealBroker, hub: FakeHub, site: Site
) -> None:
    hub.acks = False
    uplink = site.connect(broker.url)
    put(site, uplink, 3)
    until(lambda: len(hub.visits) == 3)
    assert site.outbox.figures().length == 3

    def sent_again() -> bool:
        site.clock.move(31)
        return len(hub.visits) >= 6

    until(sent_again)
    assert {visit.sequence for visit in hub.visits} == {1, 2, 3}
    hub.ack(NAME, *hub.visits)
    until(empty(site))


def test_a_late_answer_to_the_opening_leaves_the_closing(broker: RealBroker, hub: FakeHub, site: Site) -> None:
    hub.acks = False
    uplink = site.connect(broker.url)
    report = opening()
    site.outbox.put(report)
    uplink.wake()
    until(lambda: len(hub.visits) == 1)
    site.outbox.put(closing(report.visit_id))
    uplink.wake()
    until(lambda: len(hub.visits) == 2)
    hub.ack(NAME, hub.visits[0])
    hub.ack(NAME, hub.visits[0])
    put(site, uplink, 1)
    until(lambda: len(hub.visits) == 3)
    assert site.outbox.figures().length == 2
    hub.ack(NAME, *hub.visits)
    until(empty(site))


def test_status_is_online_while_connected_and_offline_after(broker: RealBroker, hub: FakeHub, site: Site) -> None:
    uplink = site.connect(broker.url)
    until(lambda: len(hub.of(Kind.STATUS)) == 1)
    uplink.stop()
    until(lambda: len(hub.of(Kind.STATUS)) == 2)
    assert [decode_json(Status, payload).online for payload in hub.of(Kind.STATUS)] == [True, False]


def test_reported_is_retained_and_said_again_to_a_new_broker(broker: RealBroker, hub: FakeHub, site: Site) -> None:
    uplink = site.connect(broker.url)
    uplink.report(Reported(4, "0.1.0"))
    until(lambda: len(hub.of(Kind.REPORTED)) == 1)
    broker.kill()
    broker.start()
    until(lambda: len(hub.of(Kind.REPORTED)) >= 2)
    assert decode(Reported, hub.of(Kind.REPORTED)[-1]) == Reported(4, "0.1.0")


def test_health_and_answers_are_sent(broker: RealBroker, hub: FakeHub, site: Site) -> None:
    uplink = site.connect(broker.url)
    until(lambda: uplink.trouble == "")
    answer = Answer(uuid4(), error="no such camera")
    health = Health(datetime(2025, 1, 1, tzinfo=UTC), 1.0, 2.0, 3.0, 0, 0.0, 5.0)
    uplink.send(answer)
    uplink.send(health)
    until(lambda: len(hub.of(Kind.HEALTH)) == 1)
    assert decode_json(Health, hub.of(Kind.HEALTH)[0]) == health
    assert decode(Answer, hub.of(Kind.ANSWER)[0]) == answer


def test_desired_and_commands_are_heard(broker: RealBroker, hub: FakeHub, site: Site) -> None:
    hub.say(NAME, Desired(3))
    site.connect(broker.url)
    until(lambda: len(site.received) == 1)
    command = Command(uuid4(), Action.RESTART)
    hub.say(NAME, command)
    until(lambda: len(site.received) == 2)
    assert site.received == [Desired(3), command]


def test_bad_messages_are_logged_and_ignored(
    broker: RealBroker, hub: FakeHub, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    uplink = site.connect(broker.url)
    until(lambda: uplink.trouble == "")
    with caplog.at_level(logging.WARNING, "edge.uplink.connection"):
        for kind in (Kind.ACK, Kind.DESIRED, Kind.COMMAND):
            hub.client.publish(topic(NAME, kind), b"\xff not ours", 1)
        hub.client.publish(topic(NAME, Kind.DESIRED), b"", 1)
        hub.say(NAME, Desired(9))
        until(lambda: site.received == [Desired(9)])
    assert len([record for record in caplog.records if "ignored a message" in record.message]) == 3
    assert uplink.trouble == ""


def test_a_wrong_password_is_one_clear_line(tmp_path: Path, stack: ExitStack, site: Site) -> None:
    (tmp_path / "passwords").write_text("")
    (tmp_path / "passwords").chmod(0o600)
    broker = RealBroker(tmp_path, f"allow_anonymous false\npassword_file {tmp_path / 'passwords'}")
    stack.callback(broker.kill)
    uplink = site.connect(broker.url.replace("mqtt://", "mqtt://someone:wrong@"))
    until(lambda: uplink.trouble == "the broker refused: Not authorized")


def test_no_broker_is_one_clear_line(tmp_path: Path, site: Site, broker: RealBroker) -> None:
    broker.kill()
    uplink = site.connect(broker.url)
    until(lambda: uplink.trouble == "Connection refused")
