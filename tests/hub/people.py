"""People and programs that talk to the hub in tests."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from flask import Flask
from werkzeug.test import TestResponse

from hub.auth import api_tokens, tokens
from hub.services import EXTENSION
from hub.store import api_tokens as kept_tokens
from hub.store import devices, sessions, users

PASSWORD = "correct horse battery"


class Api:
    """A program with a Bearer token; every call answers with Flask's test response."""

    def __init__(self, app: Flask, tokens: dict[str, Any]) -> None:
        self.app = app
        self.tokens = tokens

    @classmethod
    def logged_in(cls, app: Flask, username: str, password: str) -> "Api":
        """Log in afresh, without cookies."""
        body = {"username": username, "password": password}
        answer = app.test_client(use_cookies=False).post("/api/auth/login", json=body)
        assert answer.status_code == 200, answer.text
        return cls(app, answer.get_json())

    def call(self, method: str, path: str, **kwargs: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}", **kwargs.pop("headers", {})}
        return self.app.test_client(use_cookies=False).open(path, method=method, headers=headers, **kwargs)

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        return self.call("GET", path, **kwargs)

    def post(self, path: str, **kwargs: Any) -> TestResponse:
        return self.call("POST", path, **kwargs)

    def patch(self, path: str, **kwargs: Any) -> TestResponse:
        return self.call("PATCH", path, **kwargs)

    def delete(self, path: str, **kwargs: Any) -> TestResponse:
        return self.call("DELETE", path, **kwargs)


Login = Callable[..., Api]


def account(app: Flask, username: str, role: str, camera_ids: list[int] | None = None) -> int:
    """A user in the database, with PASSWORD."""
    hashed = app.extensions[EXTENSION].passwords.hashed(PASSWORD)
    return users.create(username, hashed, role, camera_ids).id


def member(app: Flask, username: str, role: str, camera_ids: list[int] | None = None) -> Api:
    """A user with a session but no password: hashing one would be most of what a test of permissions costs."""
    user = users.create(username, "no password", role, camera_ids)
    family = sessions.begin(user.id, tokens.REFRESH_LIFETIME, "127.0.0.1", "test")
    with app.app_context():
        return Api(app, {"access_token": tokens.access_token(family)})


def token_of(person: Api, scopes: Iterable[str]) -> Api:
    """A program with an API token of a person's, made without asking whether they may."""
    claims = jwt.decode(person.tokens["access_token"], options={"verify_signature": False})
    text = api_tokens.new()
    new = kept_tokens.NewToken(int(claims["sub"]), "test", list(scopes), api_tokens.digest(text), "wp_…", None)
    kept_tokens.insert(new)
    return Api(person.app, {"access_token": text})


def camera(admin: Api, **values: Any) -> int:
    """A camera made through the API; its id."""
    answer = admin.post("/api/cameras", json={"name": "Door", "source_url": "rtsp://ann:pw@cam/1", **values})
    assert answer.status_code == 201, answer.text
    found: int = answer.get_json()["id"]
    return found


def approved_device(device_id: str, **values: Any) -> None:
    """A device in the database, without the ceremony."""
    now = datetime.now(UTC)
    row = {"id": device_id, "name": device_id, "state": "approved", "created_at": now, "approved_at": now}
    devices.insert({**row, **values})


def signing_request(key: ec.EllipticCurvePrivateKey | None = None) -> str:
    """What a device sends that has just made its key."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "device")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    request = builder.sign(key or ec.generate_private_key(ec.SECP256R1()), SHA256())
    return request.public_bytes(Encoding.PEM).decode()
