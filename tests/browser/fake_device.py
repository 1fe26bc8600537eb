"""A device that asks to be let in and answers commands at once, for tests of pages."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from dashboard_site import Site

from hub.store import commands
from hub.store.models import Command, database

LOOK_S = 0.05
Answers = dict[str, dict[str, Any] | Callable[[Command], dict[str, Any]]]


def enrolled(site: Site, token: str | None = None) -> None:
    """What a device does: it asks to be let in, with the token that the page shows, or without and waits."""
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, SHA256())
    body = {"name": "Garden Pi", "csr_pem": request.public_bytes(Encoding.PEM).decode()}
    answer = site.app.test_client().post("/api/enroll", json=body | ({"token": token} if token else {}))
    assert answer.status_code == (201 if token else 202), answer.text


@contextmanager
def answering(answers: Answers) -> Iterator[None]:
    """Answer every command while the block runs, by action; one that is not named stays unanswered."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(LOOK_S):
            with database.connection_context():
                for command in list(Command.select().where(Command.answered_at.is_null())):
                    if (said := answers.get(command.action)) is not None:
                        values = said(command) if callable(said) else said
                        at = datetime.now(UTC)
                        commands.answer(command.device_id, command.id, {"answered_at": at, **values})

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
