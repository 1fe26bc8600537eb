"""Enrolment: what the hub says is kept whole; a refusal or no hub is one clear line and leaves everything as it was."""

import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner, Result
from fake_enrolment_hub import FakeEnrolmentHub
from moved_clock import MovedClock
from ports import free_port
from throwaway_ca import ThrowawayCa
from visit_reports import closing

from edge.alerts.outbox import Outbox
from edge.commands.enroll import command
from edge.device.desired_file import DesiredFile
from edge.identity import identity
from edge.identity.hub_client import Hub, HubNotReady
from edge.wire.messages import CameraDesired, Desired

RESET = struct.pack("ii", 1, 0)


@pytest.fixture
def ca(tmp_path: Path) -> ThrowawayCa:
    return ThrowawayCa(tmp_path / "ca")


@pytest.fixture
def hub(ca: ThrowawayCa) -> Iterator[FakeEnrolmentHub]:
    hub = FakeEnrolmentHub(ca)
    yield hub
    hub.stop()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def run(state: Path, url: str, *more: str) -> Result:
    return CliRunner().invoke(command, ["--hub", url, "--state-dir", str(state), "--name", "Front door", *more])


def enrolled(device_id: bytes) -> bytes:
    rest = b'"certificate_pem": "x", "ca_pem": "x", "mqtt_url": "mqtt://x", "media_rtsp_url": ""'
    return b'{"device_id": "%s", %s}' % (device_id, rest)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_token_enrols(state: Path, hub: FakeEnrolmentHub) -> None:
    result = run(state, hub.url, "--token", "good")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("enrolled as front-door; its certificate is good until 20")
    kept = identity.load(state)
    assert kept is not None
    assert kept.facts.mqtt_url == "mqtts://127.0.0.1:8883"
    assert hub.asked[0]["name"] == "Front door"
    assert "PRIVATE" not in str(hub.asked)
    assert not (state / "enrolment").exists()


def test_names_and_addresses_come_from_the_configuration(state: Path, hub: FakeEnrolmentHub, tmp_path: Path) -> None:
    path = tmp_path / "edge.toml"
    path.write_text(f'[device]\nname = "Back door"\nstate_dir = "state"\n[hub]\nurl = "{hub.url}/"\n')
    result = CliRunner().invoke(command, ["--config", str(path)], env={"WATCHPOST_ENROLL_TOKEN": "good"})
    assert result.exit_code == 0, result.output
    assert identity.load(state) is not None
    assert hub.asked[0]["name"] == "Back door"


@pytest.mark.parametrize("enrolled_before", [False, True])
def test_a_wrong_token_is_one_line_and_changes_nothing(
    state: Path, hub: FakeEnrolmentHub, enrolled_before: bool
) -> None:
    if enrolled_before:
        run(state, hub.url, "--token", "good")
    before = files(state)
    result = run(state, hub.url, "--token", "wrong")
    assert result.exit_code == 1
    assert result.output == "Error: the hub refused: the token is wrong, used or expired\n"
    assert files(state) == before
    assert state.exists() == enrolled_before


def test_no_hub_is_one_line_and_changes_nothing(state: Path) -> None:
    result = run(state, f"http://127.0.0.1:{free_port()}", "--token", "good")
    assert result.exit_code == 1
    assert "cannot reach the hub at http://127.0.0.1" in result.output
    assert "Connection refused" in result.output
    assert result.output.count("\n") == 1
    assert not state.exists()


def test_a_hub_whose_name_cannot_be_looked_up_is_one_line(state: Path) -> None:
    result = run(state, "https://hub..example", "--token", "good")
    assert result.exit_code == 1
    assert "cannot reach the hub at https://hub..example" in result.output
    assert result.output.count("\n") == 1


@pytest.mark.parametrize("end", [b"Content-Length: 9\r\n\r\nbus", b"Transfer-Encoding: chunked\r\n\r\n9\r\nbus"])
def test_a_proxy_that_hangs_up_within_its_answer_is_tried_again(end: bytes) -> None:
    def answer() -> None:
        with listener.accept()[0] as line:
            line.recv(65536)
            line.sendall(b"HTTP/1.1 502 Bad Gateway\r\n" + end)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=answer, daemon=True).start()
        with pytest.raises(HubNotReady):
            Hub(f"http://127.0.0.1:{listener.getsockname()[1]}").post("/api/enroll", {})


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((200, b"<html>hello</html>"), "answers, but is no Watchpost hub"),
        ((201, b"{}"), "answers, but is no Watchpost hub"),
        ((201, b"[1]"), "answers, but is no Watchpost hub"),
        ((404, b"not found"), "is no Watchpost hub (HTTP 404)"),
        ((302, b""), "sends us elsewhere"),
        ((503, b"busy"), "has trouble (HTTP 503)"),
        ((201, enrolled(b"../x")), "answers, but is no Watchpost hub"),
        ((201, enrolled(b"x")), "not for our key"),
    ],
)
def test_what_is_not_our_hub_is_one_line(
    state: Path, hub: FakeEnrolmentHub, answer: tuple[int, bytes], told: str
) -> None:
    hub.trouble = lambda: answer
    result = run(state, hub.url, "--token", "good")
    assert result.exit_code == 1
    assert told in result.output
    assert result.output.count("\n") == 1
    assert identity.load(state) is None


def test_a_certificate_that_a_stranger_signed_is_refused(state: Path, hub: FakeEnrolmentHub, tmp_path: Path) -> None:
    run(state, hub.url, "--token", "good")
    before = files(state)
    hub.shown_ca = ThrowawayCa(tmp_path / "stranger")
    hub.tokens.add("again")
    result = run(state, hub.url, "--token", "again")
    assert result.exit_code == 1
    assert result.output == "Error: the hub sent a certificate that a stranger signed, not the authority beside it\n"
    assert files(state) == before


def test_an_answer_that_was_lost_costs_no_token(state: Path, hub: FakeEnrolmentHub) -> None:
    lost: list[object] = []

    def lose() -> tuple[int, bytes]:
        hub.trouble = None
        lost.append(hub.answer(hub.asked[-1]))
        return 502, b"the proxy gave up"

    hub.trouble = lose
    assert run(state, hub.url, "--token", "good").exit_code == 1
    assert hub.tokens == set()
    assert run(state, hub.url, "--token", "good").exit_code == 0


def test_without_a_token_it_says_what_to_approve_and_asks_with_the_same_key(state: Path, hub: FakeEnrolmentHub) -> None:
    result = run(state, hub.url)
    assert result.exit_code == 1
    assert "approve device front-door (fingerprint ab:cd) on the hub" in result.output
    hub.approved = True
    assert run(state, hub.url).exit_code == 0
    assert len({asked["csr_pem"] for asked in hub.asked}) == 1


def test_waiting_ends_with_the_approval(state: Path, hub: FakeEnrolmentHub, monkeypatch: pytest.MonkeyPatch) -> None:
    def sleep(seconds: float) -> None:
        assert seconds == 1
        hub.approved = True

    monkeypatch.setattr("edge.commands.enroll.time.sleep", sleep)
    result = run(state, hub.url, "--wait")
    assert result.exit_code == 0, result.output
    assert identity.load(state) is not None


def test_an_enrolled_device_is_not_enrolled_again_by_mistake(state: Path, hub: FakeEnrolmentHub) -> None:
    run(state, hub.url, "--token", "good")
    result = run(state, hub.url)
    assert result.exit_code == 1
    assert "already enrolled as front-door" in result.output


def test_visits_for_one_hub_are_never_sent_to_another(
    state: Path, hub: FakeEnrolmentHub, ca: ThrowawayCa, tmp_path: Path
) -> None:
    run(state, hub.url, "--token", "good")
    outbox = Outbox(state / "outbox.db", 10**7, MovedClock())
    last = outbox.put(closing())
    outbox.close()
    DesiredFile(state).keep(Desired(7, (CameraDesired("1", "Door", "rtsp://door"),)))
    hub.tokens.add("again")
    run(state, hub.url, "--token", "again")
    assert Outbox(state / "outbox.db", 10**7, MovedClock()).figures().length == 1
    assert DesiredFile(state).load() is not None
    hub.ca = ThrowawayCa(tmp_path / "other")
    hub.tokens.add("other")
    result = run(state, hub.url, "--token", "other")
    assert "visits for the former one were set aside" in result.output
    assert DesiredFile(state).load() is None
    assert (state / "outbox-of-former-hub.db").exists()
    fresh = Outbox(state / "outbox.db", 10**7, MovedClock())
    assert fresh.figures().length == 0
    assert fresh.put(closing()) > last


def test_without_an_address_it_is_bad_usage() -> None:
    assert CliRunner().invoke(command, ["--token", "x"]).exit_code == 2


def test_only_the_given_authority_is_trusted(state: Path, ca: ThrowawayCa, tmp_path: Path) -> None:
    hub, other = FakeEnrolmentHub(ca, tls=True), ThrowawayCa(tmp_path / "other")
    try:
        for trust in ([], ["--ca-file", str(other.ca_path)]):
            result = run(state, hub.url, "--token", "good", *trust)
            assert result.exit_code == 1
            assert "is not the hub we trust" in result.output
            assert not state.exists()
        assert hub.asked == []
        result = run(state, hub.url, "--token", "good", "--ca-file", str(ca.ca_path))
        assert result.exit_code == 0, result.output
    finally:
        hub.stop()


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_bad_authority_file_is_one_line(state: Path, tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    result = run(state, "https://127.0.0.1:1", "--token", "good", "--ca-file", str(path))
    assert result.exit_code == 1
    assert result.output.startswith(f"Error: {path}: ")
