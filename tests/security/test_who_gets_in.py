"""What a stranger or a nosy user tries at the web's door that no other test does: paths, timed guesses, other names."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from hub.auth.passwords import Passwords
from hub.services import EXTENSION
from hub.settings import Settings
from hub.store.embedded import EmbeddedPostgres
from hub.store.models import database
from hub.web import create_app

pytestmark = pytest.mark.timeout(120)
PASSWORD = "correct horse battery"
UPWARDS = ("../", "..%2f", "%2e%2e/", "..%252f", "....//", "..\\", "%2e%2e%5c", "/", "//etc/passwd%00", "\0")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A hub with one account, whose secrets lie where a way upwards would lead."""
    from hub.store import migrate, users

    folder = tmp_path_factory.mktemp("hub")
    server = EmbeddedPostgres(folder, die_with_parent=True)
    url = server.start()
    migrate.up(url)
    app = create_app(Settings(data_dir=folder, database_url=url))
    with database.connection_context():
        users.create("anna", app.extensions[EXTENSION].passwords.hashed(PASSWORD), "admin")
    yield app
    database.close_all()
    server.stop()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Logged in as the admin."""
    client = app.test_client()
    body = {"username": "anna", "password": PASSWORD}
    assert client.post("/api/auth/login", json=body).status_code == 200
    return client


@pytest.mark.parametrize("way", UPWARDS)
@pytest.mark.parametrize(
    "stem", ["/static/", "/assets/", "/api/alerts/", "/api/docs/", "/dashboard/static/", "/pictures/"]
)
def test_no_path_leads_out(client: FlaskClient, stem: str, way: str) -> None:
    for target in ("secrets/ca.key", "postgres/password", "../../../../etc/passwd"):
        for path in (stem + way * 3 + target, stem + way + target + "/snapshot"):
            answer = client.get(path)
            assert answer.status_code in (301, 302, 303, 307, 308, 400, 404, 405, 422), (path, answer.status_code)
            assert b"PRIVATE KEY" not in answer.data
            assert b"root:" not in answer.data


@pytest.mark.parametrize("username", ["anna", "nobody", "anna ", "ANNA", "x" * 64])
def test_each_guess_costs_one_hash_whoever_it_names(app: Flask, monkeypatch: pytest.MonkeyPatch, username: str) -> None:
    """The time of a log-in is that of its hash: as many for names that exist as for those that do not."""
    hashes = 0
    matches = Passwords.matches

    def counted(self: Passwords, encoded: str | None, password: str) -> bool:
        nonlocal hashes
        hashes += 1
        return matches(self, encoded, password)

    monkeypatch.setattr(Passwords, "matches", counted)
    answer = app.test_client().post("/api/auth/login", json={"username": username, "password": "wrong horse battery"})
    assert (answer.status_code, hashes) == (401, 1)


def test_an_unknown_name_is_checked_against_a_hash_of_the_same_cost(app: Flask) -> None:
    passwords: Passwords = app.extensions[EXTENSION].passwords
    real, dummy = passwords.hashed("x" * 12), passwords._nobody
    assert real.rpartition("$")[0].rpartition("$")[0] == dummy.rpartition("$")[0].rpartition("$")[0]


@pytest.mark.parametrize("header", ["evil.example", "evil.example:80", "127.0.0.1@evil.example", "localhost\r\nX: y"])
def test_another_host_name_is_in_no_link(client: FlaskClient, header: str) -> None:
    """Links are paths, so a forged Host leads nobody away, not even through a cache."""
    try:
        answer = client.get("/login", headers={"Host": header})
    except ValueError:  # werkzeug's client does not even send it
        return
    assert b"evil.example" not in answer.data
    assert "evil.example" not in answer.headers.get("Location", "")
