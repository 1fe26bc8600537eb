"""The hub's own CA on a card: taken when it is one, else refused in one line."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from card_run import GOOD, NOW, run, snapshot
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from provisioning.card.request import read_card
from provisioning.errors import CardError


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
