import socket
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from edge.errors import PublishError
from edge.stream.rtsp_auth import authorization, challenge_of
from edge.stream.rtsp_record import RecordConnection, target_of

Answer = Callable[[str], str]


class ScriptedServer:
    """Answers each request with what a script says, and remembers what it was asked."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.asked: list[str] = []
        self.data = b""
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"127.0.0.1:{self._listener.getsockname()[1]}/7?token=t"

    def _serve(self) -> None:
        with suppress(OSError):
            peer, _ = self._listener.accept()
            while data := peer.recv(65536):
                if data.startswith(b"$"):
                    self.data += data
                    continue
                self.asked.append(data.decode())
                peer.sendall(self._answer(self.asked[-1]).encode())

    def close(self) -> None:
        self._listener.close()


def ok(request: str) -> str:
    session = "Session: 1a2b;timeout=60\r\n" if request.startswith("SETUP") else ""
    return f"RTSP/1.0 200 OK\r\nCSeq: 1\r\n{session}\r\n"


@pytest.fixture
def server() -> Iterator[Callable[[Answer], ScriptedServer]]:
    servers: list[ScriptedServer] = []

    def start(answer: Answer) -> ScriptedServer:
        servers.append(ScriptedServer(answer))
        return servers[-1]

    yield start
    for one in servers:
        one.close()


@pytest.mark.parametrize(
    "url", ["", "http://hub:8554", "rtsp://", "rtsp://hub:99999", "rtsp://hub:port", "rtsp://[hub"]
)
def test_what_is_no_address_to_publish_to_is_one_line(url: str) -> None:
    with pytest.raises(PublishError, match="not an RTSP address to publish to"):
        target_of(url)


def test_a_host_that_cannot_be_looked_up_is_one_line() -> None:
    with pytest.raises(PublishError, match="media server: not a name that can be looked up"):
        RecordConnection(target_of("rtsp://hub..example/7"), 2.0).announce("v=0\r\n")


def test_publishing_takes_three_requests_in_one_session(server: Callable[[Answer], ScriptedServer]) -> None:
    it = server(ok)
    connection = RecordConnection(target_of(f"rtsp://{it.url}"), 2.0)
    connection.announce("v=0\r\n")
    connection.send(b"$\x00\x00\x04data")
    assert [request.split()[0] for request in it.asked] == ["ANNOUNCE", "SETUP", "RECORD"]
    assert it.asked[0].endswith("Content-Length: 5\r\n\r\nv=0\r\n")
    assert f"SETUP rtsp://{it.url}/streamid=0 " in it.asked[1]
    assert "Session: 1a2b\r\n" in it.asked[2]
    connection.close()


def test_a_challenge_is_answered_once(server: Callable[[Answer], ScriptedServer]) -> None:
    def guarded(request: str) -> str:
        if "Authorization: Basic" in request:
            return ok(request)
        return 'RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nWWW-Authenticate: Basic realm="media"\r\n\r\n'

    it = server(guarded)
    connection = RecordConnection(target_of(f"rtsp://door-1:a%2Fb@{it.url}"), 2.0)
    connection.announce("v=0\r\n")
    assert [request.split()[0] for request in it.asked] == ["ANNOUNCE", "ANNOUNCE", "SETUP", "RECORD"]
    (header,) = (line for line in it.asked[1].split("\r\n") if line.startswith("Authorization"))
    assert b64decode(header.split()[-1]) == b"door-1:a/b"
    assert "a%2Fb" not in "".join(it.asked)
    connection.close()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ('RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm="m"\r\n\r\n', "refused this device's credential"),
        ("RTSP/1.0 403 Forbidden\r\n\r\n", "refused this device's credential"),
        ("RTSP/1.0 461 Unsupported Transport\r\n\r\n", "answered ANNOUNCE with 461"),
        ("HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak RTSP"),
    ],
)
def test_refusals_have_a_reason(server: Callable[[Answer], ScriptedServer], answer: str, reason: str) -> None:
    it = server(lambda _request: answer)
    with pytest.raises(PublishError, match=reason):
        RecordConnection(target_of(f"rtsp://u:secret@{it.url}"), 2.0).announce("v=0\r\n")


def test_nothing_there() -> None:
    with pytest.raises(PublishError, match="connection refused"):
        RecordConnection(target_of("rtsp://127.0.0.1:1/7"), 2.0).announce("v=0\r\n")


def test_cutting_ends_a_wait_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        connection = RecordConnection(target_of(f"rtsp://127.0.0.1:{silent.getsockname()[1]}/7"), 60.0)
        failures: list[PublishError] = []

        def announce() -> None:
            try:
                connection.announce("v=0\r\n")
            except PublishError as error:
                failures.append(error)

        waiting = threading.Thread(target=announce)
        waiting.start()
        silent.accept()
        connection.cut()
        waiting.join(5.0)
        assert not waiting.is_alive()
        assert len(failures) == 1


def test_digest_is_the_one_of_the_rfc() -> None:
    challenge = challenge_of('Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"')
    header = authorization(challenge, "Mufasa", "Circle Of Life", "GET", "/dir/index.html")
    assert 'response="670fd8c2df070c60b045671b8b24ff02"' in header


@pytest.mark.parametrize("url", ["http://host/x", "rtsp:///x", "nonsense"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(PublishError):
        target_of(url)


def test_a_target_names_no_secret() -> None:
    target = target_of("rtsps://user:secret@media.example/7?token=hidden")
    assert (target.host, target.port, target.tls) == ("media.example", 322, True)
    assert target.url == "rtsps://media.example:322/7?token=hidden"
    assert "secret" not in repr(target)
    assert "hidden" not in repr(target)
