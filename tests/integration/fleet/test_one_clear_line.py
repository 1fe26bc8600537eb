"""What goes wrong when a device enrols, at a real hub over HTTPS: one clear line each, and everything as it was."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fleet_place import FleetPlace, Shape

from edge.commands.enroll import command
from hub.broker import BrokerError
from hub.fleet.ca import CertificateAuthority
from hub.store.models import Device, database


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FleetPlace]:
    with ExitStack() as stack:
        try:
            yield FleetPlace(tmp_path_factory.mktemp("hub"), stack, Shape(https_from=datetime.now(UTC)))
        except BrokerError as error:
            pytest.skip(str(error))


def token(place: FleetPlace, name: str, **more: object) -> str:
    return str(place.ask("/api/devices", {"name": name, **more}).get_json()["token"])


def wrong(_place: FleetPlace) -> str:
    return "wrong-token-wrong-token"


def expired(place: FleetPlace) -> str:
    made = token(place, "late", replace=True)
    with database.connection_context():
        Device.update(token_expires_at=datetime.now(UTC) - timedelta(seconds=1)).where(Device.id == "late").execute()
    return made


def used(place: FleetPlace) -> str:
    made = token(place, "first", replace=True)
    enrol(place, place.folder / "first", made)
    return made


def of_a_revoked_device(place: FleetPlace) -> str:
    made = token(place, "gone")
    place.ask("/api/devices/gone/revoke")
    return made


def ca_file(authority: CertificateAuthority, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "ca.pem"
    path.write_text(authority.ca_pem)
    return path


def enrol(place: FleetPlace, state: Path, token: str, authority: CertificateAuthority | None = None) -> Result:
    trusted = ca_file(authority or place.authority, state.with_name(f"{state.name}-trust"))
    words = ["--hub", place.url, "--state-dir", str(state), "--name", "door", "--ca-file", str(trusted)]
    return CliRunner().invoke(command, [*words, "--token", token])


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("which", [wrong, expired, used, of_a_revoked_device])
@pytest.mark.parametrize("enrolled", [False, True])
def test_a_token_that_is_not_good(place: FleetPlace, tmp_path: Path, which: object, enrolled: bool) -> None:
    state = tmp_path / "state"
    if enrolled:
        assert enrol(place, state, token(place, "door", replace=True)).exit_code == 0
    bad, before = which(place), snapshot(state)  # type: ignore[operator]
    done = enrol(place, state, bad)
    assert done.stderr == "Error: the hub refused: the token is wrong, used or expired; ask for a new one\n"
    assert snapshot(state) == before
    assert state.exists() == enrolled


def test_a_hub_that_is_not_ours_learns_no_token(place: FleetPlace, tmp_path: Path) -> None:
    good = token(place, "door", replace=True)
    done = enrol(place, tmp_path / "state", good, CertificateAuthority.open(tmp_path / "other"))
    assert done.exit_code == 1
    assert done.stderr.count("\n") == 1
    assert "is not the hub we trust" in done.stderr
    assert not (tmp_path / "state").exists()
    assert enrol(place, tmp_path / "state", good).exit_code == 0


def test_a_clock_in_the_past_is_said_to_be_one(place: FleetPlace, tmp_path: Path) -> None:
    """To a clock in 1970 every certificate is not yet good: here it is the hub's that begins too late."""
    good, later = token(place, "door", replace=True), datetime.now(UTC) + timedelta(days=9)
    place.serve_with(place.authority.issue_server_certificate(["localhost"], ["127.0.0.1"], later))
    done = enrol(place, tmp_path / "state", good)
    assert done.exit_code == 1
    assert done.stderr.count("\n") == 1
    assert "not yet valid" in done.stderr
    assert "this device's clock is wrong" in done.stderr
    assert not (tmp_path / "state").exists()
