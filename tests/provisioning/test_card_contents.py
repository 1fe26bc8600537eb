"""Golden cards: values in, files out, byte for byte; and the rules that hold for every card."""

import json
import re
import subprocess
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from golden_cards import CARDS, CMDLINE, GOLDEN, rendered
from hypothesis import given
from hypothesis import strategies as st

from provisioning.card.cmdline import with_cloud_init, with_firstrun
from provisioning.card.contents import SECRET, contents
from provisioning.card.network import derived_psk, netplan
from provisioning.card.values import Wired

words = st.lists(st.from_regex(r"[a-z][a-z0-9.]{0,8}(=[A-Za-z0-9,/-]{1,8})?", fullmatch=True), max_size=8).map(" ".join)


@pytest.mark.parametrize("name", CARDS)
def test_golden(name: str) -> None:
    folder = GOLDEN / name
    golden = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert rendered(name) == golden


@pytest.mark.parametrize("name", CARDS)
def test_secrets_are_in_their_own_files_only(name: str) -> None:
    card, first_boot = CARDS[name]
    assert card.wifi is not None
    for path, data in contents(card, first_boot, CMDLINE).texts.items():
        if path not in SECRET:
            assert card.token.encode() not in data, path
            assert card.wifi.psk.encode() not in data, path
            assert b"correct horse" not in data, path


def test_psk_is_the_one_of_the_standard() -> None:
    expected = "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"  # IEEE 802.11i-2004, H.4.2
    assert derived_psk("IEEE", "password") == expected


@given(words)
def test_cmdline_stays_one_line_and_is_only_changed_once(line: str) -> None:
    for once in (with_firstrun(line), with_cloud_init(line, "watchpost-a-1")):
        assert once.count("\n") == 1
        assert once.endswith("\n")
    assert with_firstrun(with_firstrun(line)) == with_firstrun(line)
    assert with_cloud_init(with_cloud_init(line, "a"), "b") == with_cloud_init(line, "b")


def test_network_config_is_plain_data() -> None:
    card, _ = CARDS["trixie"]
    fixed = replace(card, wired=Wired("192.0.2.10/24", "192.0.2.1", ()))
    eth0 = netplan(fixed)["ethernets"]["eth0"]
    assert eth0 == {"addresses": ["192.0.2.10/24"], "optional": True, "routes": [{"to": "default", "via": "192.0.2.1"}]}
    user_data = rendered("trixie")["user-data"].decode()
    assert user_data.startswith("#cloud-config\n")
    assert json.loads(user_data.partition("\n")[2])["hostname"] == "back-door"


@pytest.mark.parametrize("script", ["install.sh", "agent.sh", "setup.sh", "firstrun.sh"])
def test_scripts_parse(script: str) -> None:
    path = Path(__file__).parents[2] / "provisioning" / "card" / "files" / script
    shell = path.read_text().split("\n", 1)[0].removeprefix("#!").rsplit("/", 1)[1]
    assert subprocess.run([shell, "-n", path], check=False).returncode == 0


def test_bookworms_initramfs_may_cut_firstrun_at_its_last_step() -> None:
    """Everything from the first line that matches `rm.*firstrun.sh$` is replaced there; nothing of ours may be lost."""
    lines = (Path(__file__).parents[2] / "provisioning/card/files/firstrun.sh").read_text().splitlines()
    cut = next(i for i, line in enumerate(lines) if "rm" in line and line.rstrip('"').endswith("firstrun.sh"))
    assert lines[cut + 1 :] == ["exit 0"]


def test_the_first_boot_knows_each_of_its_steps() -> None:
    script = (files("provisioning") / "card" / "files" / "setup.sh").read_text("utf-8")
    steps = set(re.findall(r"^([a-z_]+)$", script, re.MULTILINE)) - {"sync"}
    assert {"clock", "account", "agent", "enrol", "wipe"} <= steps
    assert steps <= set(re.findall(r"^([a-z_]+)\(\)", script, re.MULTILINE))
