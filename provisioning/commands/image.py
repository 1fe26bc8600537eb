"""`watchpost-provision image`: a whole bootable card from Debian's packages, with the agent and its models inside."""

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import click

from provisioning.card.packages import read_package
from provisioning.errors import CardError, ProvisionError
from provisioning.image.base import Base, base_command
from provisioning.image.disk import assemble, run
from provisioning.image.system import settle

FILE = click.Path(dir_okay=False, path_type=Path)
EMULATOR = Path("/proc/sys/fs/binfmt_misc/qemu-aarch64")


@click.command()
@click.argument("image", type=FILE)
@click.option("--package", required=True, help="As for a card; wheels are for arm64 (`make wheels`).")
@click.option("--suite", default="trixie", show_default=True, help="Which Debian.")
@click.option("--mirror", default="", help="Where its packages are.  [default: Debian's own]")
@click.option("--base", "tarball", type=FILE, help="Keep the bare system here for next time.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(image: Path, as_json: bool, **options: Any) -> None:
    """Make a bootable arm64 IMAGE for boards without a CSI camera; `card --image` then makes it somebody."""
    try:
        package = read_package(options["package"])
        _check(image)
        with tempfile.TemporaryDirectory(prefix="watchpost-image-", dir=image.parent) as scratch:
            tarball = options["tarball"] or Path(scratch) / "base.tar"
            if not tarball.exists():
                _say("Debian, half an hour under emulation ...", as_json)
                run(*base_command(Base(options["suite"], options["mirror"]), tarball))
            root = Path(scratch) / "root"
            root.mkdir()
            run("tar", "-C", str(root), "-xf", str(tarball), "--numeric-owner", "--xattrs")
            _say("the agent ...", as_json)
            version = settle(root, package)
            _say("the file systems ...", as_json)
            draft = Path(scratch) / "card.img"
            layout = assemble(root, draft, Path(scratch))
            shutil.move(draft, image)
    except (ProvisionError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or image}: {error.strerror}") from error
    said = {"event": "image", "image": str(image), "version": version, "mb": layout.size_mb}
    click.echo(json.dumps(said) if as_json else f"{image}: watchpost {version}, {layout.size_mb} MB")


def _check(image: Path) -> None:
    """Everything that would be found out only after half an hour."""
    if os.geteuid() != 0:
        raise CardError("an image is made as root: its files belong to many accounts")
    if image.exists():
        raise CardError(f"{image} is already there")
    if not image.absolute().parent.is_dir():
        raise CardError(f"there is no folder {image.absolute().parent}")
    if os.uname().machine != "aarch64" and not EMULATOR.exists():
        raise CardError("arm64 programs do not run here: apt install qemu-user-static binfmt-support")
    for tool in ("mmdebstrap", "tar", "sfdisk", "mkfs.vfat", "mcopy", "mke2fs", "unshare"):
        if shutil.which(tool) is None:
            raise CardError(f"{tool} is needed to make an image and is not installed")


def _say(text: str, as_json: bool) -> None:
    if not as_json:
        click.echo(text, err=True)
