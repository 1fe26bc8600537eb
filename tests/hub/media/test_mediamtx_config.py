"""Which media server is chosen, and how MediaMTX is told to keep its other doors shut."""

import json
from pathlib import Path

import pytest

from hub.media.errors import MediaServerError
from hub.media.mediamtx import MediaAddresses, find_mediamtx, free_ports, mediamtx_config, plan_media

HOOK = "http://127.0.0.1:8080/api/media/auth"


@pytest.fixture
def mediamtx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / "bin" / "mediamtx"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.delenv("WATCHPOST_MEDIAMTX", raising=False)
    monkeypatch.setenv("PATH", str(program.parent))
    return program


def test_mediamtx_on_path_comes_first(mediamtx: Path, tmp_path: Path) -> None:
    plan = plan_media(tmp_path / "data", HOOK)
    assert (plan.kind, plan.command[0]) == ("mediamtx", str(mediamtx))
    config = json.loads(Path(plan.command[1]).read_text())
    assert plan.rtsp_url == f"rtsp://{config['rtspAddress']}"
    assert plan.whep_url == f"http://{config['webrtcAddress']}"
    assert plan.api_url == f"http://{config['apiAddress']}"


def test_without_it_the_relay_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WATCHPOST_MEDIAMTX", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    plan = plan_media(tmp_path, HOOK)
    assert plan.kind == "relay"
    assert plan.command[1] == "relay"
    assert HOOK in plan.command
    with pytest.raises(MediaServerError):
        plan_media(tmp_path, HOOK, "mediamtx")


def test_the_relay_may_be_preferred(mediamtx: Path, tmp_path: Path) -> None:
    assert plan_media(tmp_path, HOOK, "relay").kind == "relay"


def test_a_named_program_must_be_there(mediamtx: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHPOST_MEDIAMTX", str(mediamtx))
    assert find_mediamtx() == str(mediamtx)
    monkeypatch.setenv("WATCHPOST_MEDIAMTX", "/nowhere/mediamtx")
    with pytest.raises(MediaServerError, match="WATCHPOST_MEDIAMTX"):
        find_mediamtx()


def test_everything_listens_on_the_given_address_and_asks_the_hub() -> None:
    addresses = MediaAddresses("127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3", "127.0.0.1:4")
    config = mediamtx_config(addresses, HOOK)
    listeners = {name: value for name, value in config.items() if name.endswith("Address") and "HTTP" not in name}
    assert set(listeners.values()) == {f"127.0.0.1:{number}" for number in (1, 2, 3, 4)}
    assert (config["authMethod"], config["authHTTPAddress"], config["authHTTPExclude"]) == ("http", HOOK, [])
    assert config["webrtcIPsFromInterfaces"] is False
    assert config["webrtcAdditionalHosts"] == ["127.0.0.1"]
    for door in ("rtmp", "hls", "srt", "moq", "metrics", "pprof", "playback"):
        assert config[door] is False


def test_on_every_address_the_interfaces_are_offered() -> None:
    config = mediamtx_config(MediaAddresses("0.0.0.0:1", "0.0.0.0:2", "127.0.0.1:3", "0.0.0.0:4"), HOOK)
    assert config["webrtcIPsFromInterfaces"] is True
    assert config["webrtcAdditionalHosts"] == []


def test_free_ports_differ() -> None:
    assert len(set(free_ports("127.0.0.1", 5))) == 5
