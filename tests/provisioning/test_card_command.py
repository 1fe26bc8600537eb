"""The card command on a boot folder; whatever goes wrong is one line and changes nothing."""

from pathlib import Path

import pytest
from card_run import GOOD, ONE_HUB, run, snapshot
from golden_cards import KEY


def test_a_mounted_card(boot: Path) -> None:
    done = run("--boot", str(boot), *GOOD, "--ssh-key", KEY)
    assert (done.exit_code, done.stderr) == (0, "")
    assert (boot / "watchpost" / "token").read_text() == "one-time-token\n"
    assert (boot / "cmdline.txt").read_text().count("systemd.run=/boot/firstrun.sh") == 1
    before = snapshot(boot)
    run("--boot", str(boot), *GOOD, "--ssh-key", KEY)
    assert snapshot(boot).keys() == before.keys()
    assert snapshot(boot)["cmdline.txt"] == before["cmdline.txt"]


def test_a_card_prepared_again_without_a_token_keeps_none(boot: Path) -> None:
    run("--boot", str(boot), *GOOD)
    assert run("--boot", str(boot), *ONE_HUB, "--name", "front-door").exit_code == 0
    assert not (boot / "watchpost" / "token").exists()


def test_a_dry_run_shows_every_file_and_no_secret(boot: Path) -> None:
    before = snapshot(boot)
    done = run("--boot", str(boot), *GOOD, "--dry-run")
    assert (done.exit_code, snapshot(boot)) == (0, before)
    assert "one-time-token" not in done.stdout
    for name in (
        "cmdline.txt",
        "firstrun.sh",
        "watchpost/token",
        "watchpost/setup.sh",
        "watchpost/watchpost-edge.service",
    ):
        assert f": {name} (" in done.stdout


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"--name": "Front Door"}, "did you mean front-door?"),
        ({"--hub": "hub.example.org"}, "is not https://host"),
        ({"--token": "has blanks in it"}, "not a one-time token"),
        ({"--ssh-key": "nonsense"}, "neither a public key nor a file"),
        ({"--timezone": "Europe/Berlin2"}, "not known"),
        ({"--wifi-ssid": "net"}, "wifi_country"),
        ({"--wifi-ssid": "net", "--wifi-password": "short", "--wifi-country": "DE"}, "8 to 63"),
        ({"--wifi-password": "correct horse"}, "without wifi_ssid"),
        ({"--address": "192.0.2.10"}, "192.0.2.10/24"),
        ({"--address": "192.0.2.10/24", "--gateway": "198.51.100.1"}, "is not in 192.0.2.0/24"),
        ({"--package": "/no/such.whl"}, "is not a wheel"),
        ({"--package": "rm -rf /"}, "neither a package name"),
        ({"--user": "root"}, "administrator"),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(boot: Path, change: dict[str, str], said: str) -> None:
    before = snapshot(boot)
    options = {**dict(zip(GOOD[::2], GOOD[1::2], strict=True)), **change}
    done = run("--boot", str(boot), *(word for pair in options.items() for word in pair))
    assert done.exit_code == 1
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert snapshot(boot) == before


def test_everything_wrong_is_said_at_once(boot: Path) -> None:
    said = run("--boot", str(boot), "--hub", "x", "--name", "A", "--token", "b").stderr
    assert all(f"{name}:" in said for name in ("hub", "name", "token"))


def test_another_devices_card(boot: Path) -> None:
    run("--boot", str(boot), *GOOD)
    before = snapshot(boot)
    other = [*GOOD[:3], "back-door", *GOOD[4:]]
    said = run("--boot", str(boot), *other).stderr
    assert said == f"Error: {boot} is already the card of front-door; --replace makes it back-door\n"
    assert snapshot(boot) == before
    assert run("--boot", str(boot), *other, "--replace").exit_code == 0


def test_a_folder_that_is_no_card(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"mine")
    said = run("--boot", str(tmp_path), *GOOD).stderr
    assert said == f"Error: {tmp_path} is not a Raspberry Pi boot partition: it has no cmdline.txt and config.txt\n"
    assert snapshot(tmp_path) == {"holiday.jpg": b"mine"}
