"""The certificate of the hub's own servers: issued once, kept while it is good for these names, else made anew."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography import x509

from hub.commands.certificate import command
from hub.fleet.ca import CertificateAuthority
from hub.fleet.server_certificate import is_good, renew


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WATCHPOST_DATA_DIR", str(tmp_path / "data"))
    return tmp_path


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(command, [str(folder), *words])


def test_it_is_issued_once_for_each_set_of_names(place: Path) -> None:
    folder, names = place / "tls", ("--name", "hub.example", "--address", "192.0.2.1")
    assert [run(folder, *names).output for _ in range(2)] == ["issued\n", "unchanged\n"]
    certificate = x509.load_pem_x509_certificate((folder / "server.pem").read_bytes())
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes()))
    assert (folder / "server.key").stat().st_mode & 0o077 == 0
    assert run(folder, "--name", "other.example").output == "issued\n"
    (folder / "server.key").unlink()
    assert run(folder, "--name", "other.example").output == "issued\n"


@pytest.mark.parametrize(("words", "code", "told"), [((), 2, "who is it for?"), (("--address", "x"), 1, "x")])
def test_bad_input_is_one_line(place: Path, words: tuple[str, ...], code: int, told: str) -> None:
    done = run(place / "tls", *words)
    assert (done.exit_code, told in done.output) == (code, True)


@pytest.mark.parametrize("name", ["", "192.0.2.1", "hub.example:8443", "https://hub.example", "a b"])
def test_a_name_under_which_nobody_is_found_is_refused(place: Path, name: str) -> None:
    done = run(place / "tls", "--name", name)
    assert (done.exit_code, f"{name!r} is not a host name" in done.output) == (2, True)
    assert not (place / "tls").exists()


def test_it_is_renewed_in_its_last_month_for_the_same_names(place: Path) -> None:
    folder, now = place / "tls", datetime.now(UTC)
    run(folder, "--name", "mosquitto", "--name", "hub.example", "--address", "192.0.2.1")
    authority = CertificateAuthority.open(place / "data/secrets")
    before = (folder / "server.pem").read_text()
    assert not renew(folder, authority, now + timedelta(days=334))
    assert (folder / "server.pem").read_text() == before
    assert renew(folder, authority, now + timedelta(days=336))
    assert (folder / "server.pem").read_text() != before
    assert is_good(folder, authority, {"mosquitto", "hub.example", "192.0.2.1"}, now + timedelta(days=336))


def test_a_folder_that_is_none_is_one_line(place: Path) -> None:
    (place / "tls").write_text("")
    assert run(place / "tls", "--name", "x").exit_code == 2
