"""The composition root's own decisions: where streams go, what a device is called, what it needs to start."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from moved_clock import MovedClock
from throwaway_ca import ThrowawayCa

from edge import agent
from edge.config import Config, DeviceConfig, HubConfig
from edge.device.events import Events
from edge.errors import ConfigError, PublishError
from edge.identity import identity
from edge.identity.identity import Facts, Granted, Identity


@pytest.fixture
def known(tmp_path: Path) -> Identity:
    ca, key_pem = ThrowawayCa(tmp_path / "ca"), identity.new_key()
    certificate = ca.sign(identity.signing_request(key_pem, "Door"), "front-door")
    facts = Facts("front-door", "mqtts://hub", "rtsp://hub:8554")
    return identity.keep(tmp_path / "state", key_pem, Granted(facts, certificate, ca.ca_path.read_bytes()))


def test_streams_are_published_with_a_fresh_token_of_the_device(known: Identity) -> None:
    clock = MovedClock()
    urls = agent.PublishUrls("rtsp://hub:8554/live/", known, clock)
    parts = urlsplit(urls.of("7"))
    assert (parts.netloc, parts.path) == ("hub:8554", "/live/7")
    claims = jwt.decode(parse_qs(parts.query)["token"][0], options={"verify_signature": False})
    assert (claims["sub"], claims["path"], claims["iat"]) == ("front-door", "7", 1_000_000)
    clock.move(1)
    assert urls.of("7") != parts.geturl()


def test_without_an_identity_streams_go_without_credentials() -> None:
    assert agent.PublishUrls("rtsp://hub", None, MovedClock()).of("7") == "rtsp://hub/7"


def test_without_a_media_server_publishing_says_so() -> None:
    with pytest.raises(PublishError, match="no media server"):
        agent.PublishUrls("", None, MovedClock()).of("7")


@pytest.mark.parametrize(
    ("name", "device_id"),
    [("Front door", "front-door"), ("Tür 2!", "t-r-2"), ("ü", "device"), ("a" * 63 + " b", "a" * 63)],
)
def test_a_device_without_identity_is_called_by_its_name(name: str, device_id: str, known: Identity) -> None:
    config = Config(DeviceConfig(name))
    assert agent.device_id_of(config, None) == device_id
    assert agent.device_id_of(config, known) == "front-door"


def test_nothing_to_do_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nothing to do"):
        agent.line_of(Config(DeviceConfig("x")), None, None, Events(), MovedClock())  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="not enrolled"):
        agent.line_of(
            Config(DeviceConfig("x"), HubConfig(url="https://hub")), None, None, Events(), MovedClock()  # type: ignore[arg-type]
        )  # fmt: skip
