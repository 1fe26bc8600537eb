"""A data directory that cannot be used is one line that names it; an error that is none of the disk's is not hidden."""

import errno
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from hub.cli import main
from hub.commands.disk import told_in_one_line


@pytest.mark.parametrize(
    "arguments", [["serve"], ["ingest"], ["jobs"], ["keys", "list"], ["migrate", "up"], ["user", "list"]]
)
def test_a_data_dir_below_a_file_is_one_line(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "file").write_text("")
    place = tmp_path / "file" / "data"
    done = CliRunner().invoke(main, arguments, env={"WATCHPOST_DATA_DIR": str(place), "WATCHPOST_DATABASE_URL": None})
    assert done.exit_code == 1
    (line,) = done.output.strip().splitlines()
    assert line.startswith(f"Error: {place}")
    assert f"not a directory (WATCHPOST_DATA_DIR is {place})" in line


def test_the_demo_too(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    arguments = ["demo", "--no-browser", "--data-dir", str(tmp_path / "file" / "data"), "--port", "1"]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 1
    assert "not a directory (--data-dir is" in done.output


def test_a_full_disk_has_no_file_name(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException) as caught, told_in_one_line(tmp_path, "--data-dir"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert str(caught.value) == f"{tmp_path}: no space left on device (--data-dir is {tmp_path})"


def test_what_is_not_the_disks_goes_on(tmp_path: Path) -> None:
    with pytest.raises(ConnectionResetError), told_in_one_line(tmp_path, "--data-dir"):
        raise ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
