"""The self-test: green with everything in place, red with a reason for each part that is not."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from models_there import needs_models
from moved_clock import MovedClock
from ports import free_port
from real_broker import RealBroker
from throwaway_ca import ThrowawayCa
from visit_reports import closing

from edge.alerts.outbox import Outbox
from edge.commands.selftest import command
from edge.device.selftest import Red, check_clock
from edge.identity import identity
from edge.identity.identity import Facts, Granted


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def run(folder: Path, hub: str = "", cameras: str = "") -> Result:
    path = folder / "edge.toml"
    path.write_text(f'[device]\nname = "door"\nstate_dir = "state"\n[hub]\n{hub}\n{cameras}')
    return CliRunner().invoke(command, ["--config", str(path), "--json"])


def parts(result: Result) -> dict[str, tuple[bool, str]]:
    lines = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    return {line["part"]: (line["ok"], line["detail"]) for line in lines if line["event"] == "check"}


def enrol(folder: Path, ca: ThrowawayCa, mqtt_url: str, media_url: str, lasts: timedelta = timedelta(days=30)) -> None:
    key_pem = identity.new_key()
    certificate = ca.sign(identity.signing_request(key_pem, "door"), "door", lasts)
    granted = Granted(Facts("door", mqtt_url, media_url), certificate, ca.ca_path.read_bytes())
    identity.keep(folder / "state", key_pem, granted)


@needs_models
def test_all_green(tmp_path: Path, media: Path, stack: ExitStack) -> None:
    ca = ThrowawayCa(tmp_path / "ca")
    broker = RealBroker(tmp_path, ca=ca)
    stack.callback(broker.kill)
    server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    enrol(tmp_path, ca, broker.url, f"rtsp://127.0.0.1:{server.getsockname()[1]}")
    clip = next((media / "clips").glob("door_visitor*"))
    result = run(tmp_path, cameras=f'[[camera]]\nid = "1"\nname = "Door"\nsource_url = "file://{clip}"')
    found = parts(result)
    assert result.exit_code == 0, result.output
    assert list(found) == [
        "power", "clock", "disk", "models", "outbox", "identity", "broker", "media", "camera 1",
    ]  # fmt: skip
    assert all(ok for ok, _ in found.values())
    assert found["broker"][1].endswith("trusts us")
    assert found["identity"][1] == "door, certificate good for 29 days"
    assert found["camera 1"][1] == "Door: h264 1280x720"


def test_each_red_part_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHPOST_MODELS_DIR", str(tmp_path / "nothing"))
    ca = ThrowawayCa(tmp_path / "ca")
    port = free_port()
    enrol(tmp_path, ca, f"mqtts://127.0.0.1:{port}", f"rtsp://127.0.0.1:{port}", lasts=-timedelta(days=1))
    (tmp_path / "state" / "outbox.db").write_bytes(b"not a database" * 100)
    result = run(tmp_path, cameras='[[camera]]\nid = "1"\nsource_url = "file:///nothing.mp4"')
    found = parts(result)
    assert result.exit_code == 1
    assert "Error: red: models, outbox, identity, broker, media, camera 1" in result.output
    assert "models fetch" in found["models"][1]
    assert "certificate of door ended" in found["identity"][1]
    assert found["broker"] == (False, "Connection refused")
    assert found["camera 1"][0] is False


def test_a_broker_that_turns_us_away_is_red(tmp_path: Path, stack: ExitStack) -> None:
    ca, stranger = ThrowawayCa(tmp_path / "ca"), ThrowawayCa(tmp_path / "stranger")
    broker = RealBroker(tmp_path, ca=ca)
    stack.callback(broker.kill)
    enrol(tmp_path, stranger, broker.url, "")
    (tmp_path / "state" / "ca.pem").resolve().write_bytes(ca.ca_path.read_bytes())
    ok, detail = parts(run(tmp_path))["broker"]
    assert not ok
    assert detail


def test_hosts_that_cannot_be_looked_up_are_red(tmp_path: Path) -> None:
    found = parts(run(tmp_path, hub='mqtt_url = "mqtt://hub..example"\nmedia_rtsp_url = "rtsp://hub..example"'))
    assert found["broker"] == found["media"] == (False, "the host is not a name that can be looked up")


def test_before_enrolment(tmp_path: Path) -> None:
    found = parts(run(tmp_path, hub='url = "https://hub.example"'))
    assert found["identity"] == (False, "not enrolled: run watchpost-edge enroll")
    assert found["broker"] == (False, "no broker is known before enrolment")


def test_a_device_alone_needs_no_hub(tmp_path: Path) -> None:
    assert "broker" not in parts(run(tmp_path))


def test_what_waits_is_counted(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    Outbox(tmp_path / "state" / "outbox.db", 10**7, MovedClock()).put(closing())
    assert parts(run(tmp_path))["outbox"] == (True, "1 visits wait")


def test_a_clock_in_1970_is_red() -> None:
    with pytest.raises(Red, match="1970-01-01: no time server"):
        check_clock(MovedClock(wall_s=60.0))


def test_a_bad_configuration_is_all_its_problems(tmp_path: Path) -> None:
    result = run(tmp_path, hub="nothing = 1")
    assert result.exit_code == 1
    assert "line 5: hub.nothing: unknown key" in result.output
