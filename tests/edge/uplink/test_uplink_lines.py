"""The uplink on lines that are slow, and on lines that are kept by certificates."""

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from real_broker import FakeHub, RealBroker
from slow_line import SlowLine
from throwaway_ca import ThrowawayCa
from uplink_site import NAME, Site, empty, put
from visit_reports import closing
from waiting import until

from edge.uplink import connection
from edge.uplink.broker import Certificates


class TestSlowLine:
    """A picture takes several times as long as a ping may."""

    @pytest.fixture
    def line(self, broker: RealBroker, stack: ExitStack, monkeypatch: pytest.MonkeyPatch) -> SlowLine:
        monkeypatch.setattr(connection, "KEEPALIVE_S", 1)
        line = SlowLine(broker.port, 8_000)
        stack.callback(line.close)
        return line

    def test_a_picture_arrives_however_long_it_takes(self, hub: FakeHub, site: Site, line: SlowLine) -> None:
        site.outbox.put(closing(picture=bytes(50_000)))
        uplink = site.connect(f"mqtt://127.0.0.1:{line.port}")
        until(empty(site))
        assert (line.connections, uplink.trouble) == (1, "")
        assert [len(visit.picture) for visit in hub.visits] == [50_000]

    def test_a_line_that_carries_nothing_more_is_given_up(self, hub: FakeHub, site: Site, line: SlowLine) -> None:
        uplink = site.connect(f"mqtt://127.0.0.1:{line.port}")
        until(lambda: uplink.trouble == "")
        line.cut = True
        site.outbox.put(closing(picture=bytes(50_000)))
        uplink.wake()

        def given_up() -> bool:
            site.clock.move(1)
            return line.connections > 1

        until(given_up, pause_s=0.1)
        line.cut = False
        until(empty(site))


class TestMutualTls:
    """The device's certificate lets it in, its CA tells it whom to trust."""

    @pytest.fixture
    def ca(self, tmp_path: Path) -> ThrowawayCa:
        return ThrowawayCa(tmp_path)

    @pytest.fixture
    def broker(self, tmp_path: Path, ca: ThrowawayCa, stack: ExitStack) -> RealBroker:
        broker = RealBroker(tmp_path, ca=ca)
        stack.callback(broker.kill)
        return broker

    def test_a_device_of_this_hub_delivers(
        self, broker: RealBroker, ca: ThrowawayCa, site: Site, stack: ExitStack
    ) -> None:
        hub = FakeHub(broker, ca=ca)
        stack.callback(hub.stop)
        uplink = site.connect(broker.url, Certificates(ca.ca_path, *ca.make(NAME)))
        put(site, uplink, 50)
        until(empty(site))
        assert len(hub.visits) == 50

    def test_another_hubs_broker_is_not_trusted(
        self, broker: RealBroker, ca: ThrowawayCa, site: Site, tmp_path: Path
    ) -> None:
        other = ThrowawayCa(tmp_path, "other")
        uplink = site.connect(broker.url, Certificates(other.ca_path, *ca.make(NAME)))
        until(lambda: uplink.trouble.startswith("the broker's certificate is not trusted"))

    def test_without_or_with_a_strangers_or_an_old_certificate_it_stays_out(
        self, broker: RealBroker, ca: ThrowawayCa, tmp_path: Path, stack: ExitStack
    ) -> None:
        stranger = ThrowawayCa(tmp_path, "stranger").make(NAME)
        expired = ca.make(NAME, lasts=-timedelta(days=1))
        for files in ((), stranger, expired):
            site = Site(tmp_path, stack)
            uplink = site.connect(broker.url, Certificates(ca.ca_path, *files))
            until(lambda uplink=uplink: uplink.trouble not in ("", "not yet connected"))
            uplink.stop()
