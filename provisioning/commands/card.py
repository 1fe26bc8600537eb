"""`watchpost-provision card`: turns stock Raspberry Pi OS cards into devices that enrol themselves."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from provisioning.card.batch import read_batch
from provisioning.card.boot import Boot, BootFolder, BootImage
from provisioning.card.contents import SECRET, Contents, contents
from provisioning.card.request import FIELDS, read_card
from provisioning.card.values import Card
from provisioning.card.write import cmdline_of, first_boot_of, has_agent, prepared_for, write
from provisioning.errors import CardError, ProvisionError

existing = click.Path(exists=True, dir_okay=False, path_type=Path)
OPTIONS = (
    click.option("--image", type=existing, help="A card image (.img); edited in place unless --out is given."),
    click.option(
        "--boot", type=click.Path(exists=True, file_okay=False, path_type=Path), help="A mounted boot partition."
    ),
    click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Copy the image there, as NAME.img."),
    click.option(
        "--csv", "csv_file", type=existing, help="Many cards: a row each, columns as the options (wifi_ssid ...)."
    ),
    click.option("--name", help="What the device is called: a-z, 0-9, hyphens."),
    click.option("--hub", help="Where the hub is: https://host[:port]."),
    click.option("--ca", type=existing, help="The CA of the hub's HTTPS, pinned on the card."),
    click.option(
        "--token", envvar="WATCHPOST_TOKEN", show_envvar=True, help="One-time token; without one it asks to be let in."
    ),
    click.option("--token-file", type=existing, help="A file that holds the one-time token."),
    click.option("--ssh-key", multiple=True, help="A public key or its file; may be repeated."),
    click.option("--user", help="The administrator who logs in with that key.  [default: pi]"),
    click.option("--timezone", help="e.g. Europe/Berlin.  [default: Etc/UTC]"),
    click.option("--wifi-ssid", help="The wireless network."),
    click.option(
        "--wifi-password", envvar="WATCHPOST_WIFI_PASSWORD", show_envvar=True, help="Its passphrase or derived key."
    ),
    click.option("--wifi-password-file", type=existing, help="A file that holds the passphrase."),
    click.option("--wifi-country", help="Two letters, e.g. DE; the radio needs them."),
    click.option("--address", help="A fixed address on the cable, e.g. 192.0.2.10/24.  [default: DHCP]"),
    click.option("--gateway", help="The way out of that network."),
    click.option("--dns", help="Name servers, separated by commas."),
    click.option(
        "--package",
        help="A folder of wheels, a wheel, or a requirement for your own index.  [default: the agent in the image]",
    ),
    click.option(
        "--first-boot",
        type=click.Choice(["auto", "firstrun", "cloud-init"]),
        default="auto",
        show_default=True,
        help="How the system sets itself up: Bookworm by firstrun, Trixie by cloud-init.",
    ),
    click.option("--replace", is_flag=True, help="Also if the card was prepared for another name."),
    click.option("--dry-run", is_flag=True, help="Show every file and write nothing."),
    click.option("--json", "as_json", is_flag=True, help="One JSON object a line."),
)


def _with_options(function: Any) -> Any:
    for option in reversed(OPTIONS):
        function = option(function)
    return function


@click.command()
@_with_options
def command(**options: Any) -> None:
    """Prepare a card: at its first boot the device installs the agent, enrols at the hub and turns green."""
    if (options["image"] is None) == (options["boot"] is None):
        raise click.UsageError("give --image or --boot, one of them")
    try:
        cards = _cards(options)
        for card in cards:
            if card.hub_url.startswith("http://"):
                click.echo(f"warning: {card.hub_url} is not https: whoever listens can read the token", err=True)
        with _targets(cards, options) as boots:
            for card, boot in zip(cards, boots, strict=True):
                _prepare(card, boot, options)
    except ProvisionError as error:
        raise click.ClickException(str(error)) from error


def _cards(options: dict[str, Any]) -> list[Card]:
    given = {name: str(options[name] or "") for name in FIELDS - {"ssh_key"}}
    given["ssh_key"] = "\n".join(options["ssh_key"])
    for name in ("token", "wifi_password"):
        if options[f"{name}_file"]:
            given[name] = _secret(options[f"{name}_file"])
    now = datetime.now(UTC)
    if options["csv_file"] is None:
        return [read_card(given, now)]
    if options["name"] or given["token"]:
        raise click.UsageError("with --csv names and tokens are in its columns")
    if not options["out"] or options["boot"]:
        raise click.UsageError("--csv needs --image and --out: one image a card")
    return read_batch(options["csv_file"], given, now)


def _secret(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CardError(f"{path} cannot be read: {error}") from None


@contextmanager
def _targets(cards: list[Card], options: dict[str, Any]) -> Iterator[list[Boot]]:
    """Where each card is written; copies and folders that were made are gone again when anything fails."""
    if options["boot"]:
        yield [BootFolder(options["boot"])]
        return
    if not options["out"] or options["dry_run"]:
        yield [BootImage(options["image"]) for _ in cards]
        return
    made: list[Path] = []
    new_folders = [folder for folder in (options["out"], *options["out"].parents) if not folder.exists()]
    try:
        yield [BootImage(_copy(options["image"], options["out"] / f"{card.name}.img", made)) for card in cards]
    except BaseException:
        for path in made:
            path.unlink(missing_ok=True)
        for folder in new_folders:
            with suppress(OSError):
                folder.rmdir()
        raise


def _copy(image: Path, target: Path, made: list[Path]) -> Path:
    BootImage(image)
    if target.exists():
        raise CardError(f"{target} is already there")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        made.append(target)
        shutil.copyfile(image, target)
    except OSError as error:
        raise CardError(f"{target}: {error.strerror or error}") from None
    return target


def _prepare(card: Card, boot: Boot, options: dict[str, Any]) -> None:
    other = prepared_for(boot)
    if other not in (None, card.name) and not options["replace"]:
        raise CardError(f"{boot.name} is already the card of {other}; --replace makes it {card.name}")
    first_boot = first_boot_of(boot) if options["first_boot"] == "auto" else options["first_boot"]
    if not card.package.requirement and not has_agent(boot):
        raise CardError(f"package: it is missing, and {boot.name} holds no agent; `make wheels` makes wheels for it")
    made = contents(card, first_boot, cmdline_of(boot))
    if options["dry_run"]:
        _show(card, boot, made, options["as_json"])
        return
    write(boot, made)
    said = {"event": "card", "name": card.name, "card": boot.name, "first_boot": first_boot, "bytes": made.size()}
    click.echo(json.dumps(said) if options["as_json"] else f"{boot.name} is {card.name} ({first_boot})")


def _show(card: Card, boot: Boot, made: Contents, as_json: bool) -> None:
    for path, data in sorted(made.texts.items()):
        text = f"({len(data)} bytes, not shown)\n" if path in SECRET else data.decode()
        if as_json:
            click.echo(json.dumps({"event": "file", "name": card.name, "path": path, "bytes": len(data), "text": text}))
        else:
            click.echo(f"--- {boot.name}: {path} ({len(data)} bytes)\n{text}")
    for path, wheel in sorted(made.copies.items()):
        size = wheel.stat().st_size
        said = {"event": "file", "name": card.name, "path": path, "bytes": size, "from": str(wheel)}
        click.echo(json.dumps(said) if as_json else f"--- {boot.name}: {path} ({size} bytes) from {wheel}")
