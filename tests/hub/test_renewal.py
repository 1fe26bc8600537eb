"""A device's next certificate over HTTP: for who holds a present key, the same for the same question, both revoked."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Flask
from people import Api, Login, signing_request
from werkzeug.test import TestResponse

from hub.fleet import broker_lists
from hub.services import EXTENSION
from hub.store.models import Audit, Device


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def proof(key: ec.EllipticCurvePrivateKey, csr_pem: str, **other: str) -> str:
    digest = sha256(x509.load_pem_x509_csr(csr_pem.encode()).public_bytes(Encoding.DER)).hexdigest()
    claims = {"sub": "front-door", "aud": "watchpost-renewal", "csr_sha256": digest, **other}
    return jwt.encode(claims, key, "ES256")


def renew(app: Flask, csr_pem: str, proof: str, device_id: str = "front-door") -> TestResponse:
    body = {"device_id": device_id, "csr_pem": csr_pem, "proof": proof}
    return app.test_client().post("/api/enroll/renew", json=body)


def serial(answer: TestResponse) -> int:
    assert answer.status_code == 201, answer.text
    return x509.load_pem_x509_certificate(answer.get_json()["certificate_pem"].encode()).serial_number


def revoked(app: Flask) -> set[int]:
    return {item.serial for item in broker_lists.present(datetime.now(UTC)).certificates}


@pytest.fixture
def admin(login: Login) -> Api:
    return login("admin")


@pytest.fixture
def key(app: Flask, admin: Api) -> ec.EllipticCurvePrivateKey:
    """The key of the enrolled device `front-door`."""
    key = new_key()
    token = admin.post("/api/devices", json={"name": "Front Door"}).get_json()["token"]
    body = {"name": "x", "csr_pem": signing_request(key), "token": token}
    assert app.test_client().post("/api/enroll", json=body).status_code == 201
    return key


def test_the_present_key_gets_the_next_certificate_and_stays_good_meanwhile(
    app: Flask, admin: Api, key: ec.EllipticCurvePrivateKey
) -> None:
    csr_pem = signing_request(new_key())
    first = renew(app, csr_pem, proof(key, csr_pem))
    assert x509.load_pem_x509_certificate(first.get_json()["certificate_pem"].encode()).subject.rfc4514_string() == (
        "CN=front-door"
    )
    assert serial(renew(app, csr_pem, proof(key, csr_pem))) == serial(first)
    assert revoked(app) == set()
    assert [entry.action for entry in Audit.select().where(Audit.action == "device.renew")] == ["device.renew"]


def test_of_three_certificates_only_two_are_good(app: Flask, key: ec.EllipticCurvePrivateKey) -> None:
    first = Device.get().certificate_serial
    second_key, third = new_key(), signing_request(new_key())
    second = signing_request(second_key)
    renew(app, second, proof(key, second))
    renew(app, third, proof(second_key, third))
    assert revoked(app) == {int(first, 16)}
    again = signing_request(new_key())
    assert renew(app, again, proof(key, again)).status_code == 401


def test_revoking_takes_both(app: Flask, admin: Api, key: ec.EllipticCurvePrivateKey) -> None:
    first, csr_pem = int(Device.get().certificate_serial, 16), signing_request(new_key())
    second = serial(renew(app, csr_pem, proof(key, csr_pem)))
    admin.post("/api/devices/front-door/revoke")
    assert revoked(app) == {first, second}
    answer = renew(app, csr_pem, proof(key, csr_pem))
    assert (answer.status_code, answer.get_json()["detail"]) == (403, "device front-door was revoked")


def test_who_was_away_while_it_ended_comes_back_by_himself_within_a_month(
    app: Flask, key: ec.EllipticCurvePrivateKey
) -> None:
    authority, csr_pem = app.extensions[EXTENSION].authority, signing_request(new_key())
    for days, status in ((29, 201), (31, 401)):
        begins = datetime.now(UTC) - timedelta(days=365 + days)
        request = x509.load_pem_x509_csr(signing_request(key).encode())
        ended = authority.issue_device_certificate("front-door", request, begins)
        Device.update(certificate_pem=ended.public_bytes(Encoding.PEM).decode(), csr_pem=None).execute()
        assert renew(app, csr_pem, proof(key, csr_pem)).status_code == status
        Device.update(previous_certificate_pem=None).execute()


@pytest.mark.parametrize(
    "wrong",
    [
        {"sub": "back-door"},
        {"aud": "watchpost-media"},
        {"csr_sha256": "00" * 32},
        {"csr_sha256": ""},
    ],
)
def test_a_proof_of_something_else_is_none(app: Flask, key: ec.EllipticCurvePrivateKey, wrong: dict[str, Any]) -> None:
    csr_pem = signing_request(new_key())
    answer = renew(app, csr_pem, proof(key, csr_pem, **wrong))
    assert answer.status_code == 401
    assert Device.get().previous_certificate_pem is None


@pytest.mark.parametrize("text", ["x", "a.b.c", jwt.encode({"sub": "front-door"}, "secret" * 8, "HS256")])
def test_what_is_no_proof_is_refused(app: Flask, key: ec.EllipticCurvePrivateKey, text: str) -> None:
    answer = renew(app, signing_request(new_key()), text)
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")


def test_a_stranger_gets_nothing(app: Flask, key: ec.EllipticCurvePrivateKey) -> None:
    csr_pem = signing_request(stranger := new_key())
    assert renew(app, csr_pem, proof(stranger, csr_pem)).status_code == 401
    assert renew(app, csr_pem, proof(key, csr_pem), "nobody").status_code == 401
    assert renew(app, "no request", proof(key, csr_pem)).status_code == 422
