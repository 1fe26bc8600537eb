"""The card command on real folders and real FAT images; whatever goes wrong is one line and changes nothing."""

import os
import shutil
import struct
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from golden_cards import CMDLINE, KEY

from provisioning.card.boot import BootFolder
from provisioning.card.contents import contents
from provisioning.card.image import find_fat
from provisioning.card.request import read_card
from provisioning.card.write import write
from provisioning.cli import main
from provisioning.errors import CardError

NOW = datetime(2026, 5, 4, tzinfo=UTC)
BARE = ["--hub", "https://hub.example.org", "--name", "front-door", "--token", "one-time-token"]
GOOD = [*BARE, "--package", "watchpost[edge]==0.1.0"]
ONE_HUB = ["--hub", "https://hub.example.org", "--package", "watchpost[edge]"]
needs_mtools = pytest.mark.skipif(
    not (shutil.which("mcopy") and shutil.which("mkfs.vfat")), reason="mtools and dosfstools are not installed"
)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["card", *arguments])


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def boot(tmp_path: Path) -> Path:
    folder = tmp_path / "bootfs"
    folder.mkdir()
    (folder / "cmdline.txt").write_text(CMDLINE)
    (folder / "config.txt").write_text("arm_64bit=1\n")
    return folder


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A card image with one FAT partition at 1 MiB that holds a Raspberry Pi OS Trixie's first files."""
    path = tmp_path / "card.img"
    start, sectors = 2048, 64 * 2048
    entry = struct.pack("<B3sB3sII", 0, bytes(3), 0x0C, bytes(3), start, sectors)
    path.write_bytes(bytes(446) + entry + bytes(48) + b"\x55\xaa")
    os.truncate(path, (start + sectors) * 512)
    subprocess.run(
        ["mkfs.vfat", "-F", "32", "-s", "1", "--offset", str(start), path, str(sectors // 2)],
        check=True,
        capture_output=True,
    )
    for name, text in {"cmdline.txt": CMDLINE, "config.txt": "\n", "user-data": "#cloud-config\n"}.items():
        subprocess.run(["mcopy", "-i", f"{path}@@1M", "-", f"::{name}"], input=text.encode(), check=True)
    return path


def in_image(image: Path, name: str) -> bytes:
    return subprocess.run(["mtype", "-i", f"{image}@@1M", f"::{name}"], check=True, capture_output=True).stdout


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


@needs_mtools
def test_an_image(image: Path) -> None:
    done = run(
        "--image", str(image), *GOOD, "--wifi-ssid", "net", "--wifi-password", "correct horse", "--wifi-country", "DE"
    )
    assert (done.exit_code, done.stderr) == (0, "")
    assert b"ds=nocloud;i=watchpost-front-door-" in in_image(image, "cmdline.txt")
    assert in_image(image, "watchpost/token") == b"one-time-token\n"
    assert b"correct horse" not in image.read_bytes()


@needs_mtools
def test_many_images_from_one_csv(image: Path, tmp_path: Path) -> None:
    sheet, out = tmp_path / "cards.csv", tmp_path / "out"
    sheet.write_text("name,token\na,token-of-a\nb,token-of-b\n")
    done = run("--image", str(image), "--csv", str(sheet), "--out", str(out), *ONE_HUB)
    assert done.exit_code == 0, done.stderr
    assert sorted(path.name for path in out.iterdir()) == ["a.img", "b.img"]
    assert in_image(out / "b.img", "watchpost/token") == b"token-of-b\n"
    assert in_image(image, "user-data") == b"#cloud-config\n"


@needs_mtools
@pytest.mark.parametrize(
    ("sheet", "said"),
    [
        ("name,token\na,token-of-a\na,token-of-b\n", "line 3: name: a is already on line 2"),
        ("name,token\na,token-of-a\nb,token-of-a\n", "share one"),
        ("name,tokn\na,b\n", "no such column: tokn"),
        ("name,token\n", "has no cards"),
        ("name,token\na,token-of-a,more\n", "more columns"),
        ("name,token\nA B,token-of-a\n", "did you mean a-b?"),
    ],
)
def test_a_bad_sheet_makes_no_card_at_all(image: Path, tmp_path: Path, sheet: str, said: str) -> None:
    path, out = tmp_path / "cards.csv", tmp_path / "out"
    path.write_text(sheet)
    done = run("--image", str(image), "--csv", str(path), "--out", str(out), *ONE_HUB)
    assert done.exit_code == 1
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not out.exists()


@needs_mtools
def test_a_card_that_is_there_already_undoes_the_whole_batch(image: Path, tmp_path: Path) -> None:
    sheet, out = tmp_path / "cards.csv", tmp_path / "out"
    sheet.write_text("name,token\na,token-of-a\nb,token-of-b\n")
    out.mkdir()
    (out / "b.img").write_text("mine")
    done = run("--image", str(image), "--csv", str(sheet), "--out", str(out), *ONE_HUB)
    assert (done.exit_code, snapshot(out)) == (1, {"b.img": b"mine"})


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


@needs_mtools
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no partition table"),
        (b"text\n" * 1000, "no partition table"),
        (b"\xfd7zXZ\x00" + bytes(600), "compressed"),
        (bytes(510) + b"\x55\xaa", "no FAT boot partition"),
        (bytes(450) + b"\x0c" + bytes(3) + struct.pack("<II", 8, 8) + bytes(48) + b"\x55\xaa", "cut short"),
    ],
)
def test_an_image_that_is_none(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "x.img"
    path.write_bytes(data)
    for more in ([], ["--out", str(tmp_path / "out")]):
        done = run("--image", str(path), *GOOD, *more)
        assert (done.exit_code, snapshot(tmp_path)) == (1, {"x.img": data})
        assert not (tmp_path / "out").exists()
        assert said in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_the_first_fat_partition_is_found_behind_others() -> None:
    entries = struct.pack("<B3sB3sII", 0, b"", 0x83, b"", 8, 8) + struct.pack("<B3sB3sII", 0, b"", 0x0C, b"", 100, 50)
    found = find_fat(bytes(446) + entries + bytes(32) + b"\x55\xaa", "x")
    assert (found.offset, found.length) == (51200, 25600)


def a_certificate(*, ca: bool = True, until: datetime = NOW + timedelta(days=9), issuer: str = "CA") -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name, signer = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in ("CA", issuer))
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(signer).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(NOW - timedelta(days=9)).not_valid_after(until)
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM)


@pytest.mark.parametrize(
    ("pem", "said"),
    [
        (b"no certificate", "no PEM certificate"),
        (b"-----BEGIN PRIVATE KEY-----\n", "private key"),
        (a_certificate(ca=False), "is not a CA"),
        (a_certificate(until=NOW - timedelta(days=1)), "ended on 2026-05-03"),
        (a_certificate(issuer="Stranger"), "signed by a stranger"),
        (a_certificate() + a_certificate(issuer="Stranger"), "signed by a stranger"),
    ],
)
def test_a_ca_that_is_none(boot: Path, tmp_path: Path, pem: bytes, said: str) -> None:
    path, before = tmp_path / "ca.pem", snapshot(boot)
    path.write_bytes(pem)
    with pytest.raises(CardError, match=said):
        read_card({"name": "a", "hub": "https://hub", "ca": str(path)}, NOW)
    done = run("--boot", str(boot), *GOOD, "--ca", str(path))
    assert (done.exit_code, snapshot(boot)) == (1, before)
    assert done.stderr.startswith("Error: ca: ")
    assert len(done.stderr.splitlines()) == 1


def test_a_good_ca(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_bytes(a_certificate())
    assert read_card({"name": "a", "hub": "https://hub", "ca": str(path)}, NOW).hub_ca_pem == path.read_text()


class FailingFolder(BootFolder):
    """A card that fails at the n-th write, and one that is too small."""

    def __init__(self, folder: Path, *, good_writes: int = 10_000, room: int = 10**9) -> None:
        super().__init__(folder)
        self._good, self._room = good_writes, room

    def write(self, path: str, source: Path) -> None:
        self._good -= 1
        if self._good == 0:
            raise CardError(f"{path}: No space left on device")
        super().write(path, source)

    def free(self) -> int:
        return self._room


@pytest.mark.parametrize("good_writes", range(1, 9))
def test_a_failure_anywhere_leaves_everything_as_it_was(boot: Path, good_writes: int) -> None:
    (boot / "watchpost").mkdir()
    (boot / "watchpost" / "token").write_text("an older one")
    before = snapshot(boot)
    card = read_card({"name": "a", "hub": "https://hub", "token": "one-time-token"}, NOW)
    with pytest.raises(CardError):
        write(FailingFolder(boot, good_writes=good_writes), contents(card, "firstrun", CMDLINE))
    assert snapshot(boot) == before


def test_a_full_card(boot: Path) -> None:
    before = snapshot(boot)
    card = read_card({"name": "a", "hub": "https://hub"}, NOW)
    with pytest.raises(CardError, match=r"is full: 1\.1 MB are needed, 0\.1 MB are free"):
        write(FailingFolder(boot, room=100_000), contents(card, "firstrun", CMDLINE))
    assert snapshot(boot) == before


@needs_mtools
@pytest.mark.parametrize("many", [False, True])
def test_an_image_without_room_stays_byte_for_byte(image: Path, tmp_path: Path, many: bool) -> None:
    house, sheet, out = tmp_path / "house", tmp_path / "cards.csv", tmp_path / "out"
    house.mkdir()
    (house / "watchpost-0.1.0-py3-none-any.whl").write_bytes(bytes(65 * 1024 * 1024))
    sheet.write_text("name,token\na,token-of-a\nb,token-of-b\n")
    before = image.read_bytes()
    words = ["--csv", str(sheet), "--out", str(out)] if many else [*BARE[2:]]
    done = run("--image", str(image), *BARE[:2], *words, "--package", str(house))
    assert done.exit_code == 1
    assert "is full: 69.2 MB are needed, 6" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert image.read_bytes() == before
    assert not out.exists()


def test_where_the_agent_comes_from_must_be_said(boot: Path) -> None:
    before = snapshot(boot)
    done = run("--boot", str(boot), *BARE)
    assert (done.exit_code, snapshot(boot)) == (1, before)
    assert "package: it is missing" in done.stderr
    (boot / "watchpost").mkdir()
    (boot / "watchpost/agent.txt").write_text("watchpost 0.1.0 is in this system\n")
    assert run("--boot", str(boot), *BARE).exit_code == 0


def test_a_wheel_of_ones_own_is_that_very_file(boot: Path, tmp_path: Path) -> None:
    wheel, other = (tmp_path / f"{name}-0.1.0-py3-none-any.whl" for name in ("watchpost", "click"))
    for path in (wheel, other):
        path.write_bytes(b"PK")
    before = snapshot(boot)
    done = run("--boot", str(boot), *GOOD, "--package", str(other))
    assert (done.exit_code, snapshot(boot)) == (1, before)
    assert done.stderr == f"Error: package: {other} is a wheel of click, not of watchpost\n"
    assert run("--boot", str(boot), *GOOD, "--package", str(wheel)).exit_code == 0
    assert (boot / "watchpost/wheels" / wheel.name).read_bytes() == b"PK"
    assert "WATCHPOST_OFFLINE=0" in (boot / "watchpost/card.env").read_text()


def test_a_wheel_house_needs_exactly_one_of_ours(boot: Path, tmp_path: Path) -> None:
    house = tmp_path / "house"
    house.mkdir()
    (house / "click-8.1-py3-none-any.whl").write_bytes(b"x")
    assert "no wheel of watchpost" in run("--boot", str(boot), *GOOD, "--package", str(house)).stderr
    (house / "watchpost-0.1.0-py3-none-any.whl").write_bytes(b"y")
    assert run("--boot", str(boot), *GOOD, "--package", str(house)).exit_code == 0
    assert (boot / "watchpost/wheels/watchpost-0.1.0-py3-none-any.whl").read_bytes() == b"y"
    assert "WATCHPOST_OFFLINE=1" in (boot / "watchpost/card.env").read_text()
