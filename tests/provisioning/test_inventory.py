"""The hub's devices for Ansible, asked over real HTTP from a small hub."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner, Result

from provisioning.cli import main

DEVICES = [
    {"id": "front-door", "name": "Front door", "state": "approved", "online": True, "version": "0.1.0"},
    {"id": "back-door", "name": "Back door", "state": "approved", "online": False, "version": ""},
    {"id": "attic", "name": "Attic", "state": "pending", "online": False, "version": ""},
    {"id": "stolen", "name": "Stolen", "state": "revoked", "online": False, "version": "0.0.9"},
]


class SmallHub(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/strange/api/devices":
            self._answer(200, b"<html>")
        elif self.headers["Authorization"] != "Bearer good":
            self._answer(401, json.dumps({"title": "Unauthorized", "detail": "the token has ended"}).encode())
        else:
            self._answer(200, json.dumps({"items": DEVICES}).encode())

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        good = asked == {"username": "anna", "password": "correct horse"}
        self._answer(200 if good else 401, json.dumps({"access_token": "good"} if good else {"title": "No"}).encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def hub() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), SmallHub)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["inventory", *arguments])


def test_the_whole_inventory(hub: str) -> None:
    done = run("--list", "--hub", hub, "--token", "good", "--domain", "local")
    answer = json.loads(done.stdout)
    assert answer["edge"]["hosts"] == ["back-door", "front-door"]
    assert answer["edge_online"]["hosts"] == ["front-door"]
    assert answer["edge_pending"]["hosts"] == ["attic"]
    assert answer["edge_revoked"]["hosts"] == ["stolen"]
    assert answer["_meta"]["hostvars"]["front-door"]["ansible_host"] == "front-door.local"


def test_one_host(hub: str) -> None:
    assert json.loads(run("--host", "attic", "--hub", hub, "--token", "good").stdout)["watchpost_state"] == "pending"
    assert json.loads(run("--host", "nobody", "--hub", hub, "--token", "good").stdout) == {}


def test_logging_in(hub: str, tmp_path: Path) -> None:
    (tmp_path / "p").write_text("correct horse\n")
    done = run("--hub", hub, "--user", "anna", "--password-file", str(tmp_path / "p"))
    assert "front-door" in json.loads(done.stdout)["edge"]["hosts"]


def test_tokens_from_files(hub: str, tmp_path: Path) -> None:
    (tmp_path / "t").write_text("good\n")
    assert run("--hub", hub, "--token-file", str(tmp_path / "t")).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--token", "bad"], 1, "refused: 401 the token has ended"),
        ([], 2, "who asks?"),
        (["--token", "good", "--list", "--host", "x"], 2, "exclude each other"),
        (["--user", "anna"], 2, "--password-file"),
    ],
)
def test_refusals(hub: str, arguments: list[str], code: int, said: str) -> None:
    done = run("--hub", hub, *arguments)
    assert (done.exit_code, said in done.stderr) == (code, True)


def test_no_hub_at_all(hub: str) -> None:
    assert "cannot be reached" in run("--hub", "http://127.0.0.1:1", "--token", "good").stderr
    assert "no JSON" in run("--hub", f"{hub}/strange", "--token", "good").stderr
