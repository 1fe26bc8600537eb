"""The card command on real FAT images, one or a batch from a sheet; an image that is none stays as it was."""

import struct
from pathlib import Path

import pytest
from card_run import BARE, GOOD, ONE_HUB, in_image, needs_mtools, run, snapshot

from provisioning.card.image import find_fat


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
