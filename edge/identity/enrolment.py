"""How a device becomes the hub's own: a key made here, a signing request there, a certificate back.

The request is on disk before it is sent and stays until it is answered for good: the hub gives the same answer to the
same request, so one lost on the way, or a power cut, costs no token.
"""

import shutil
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.errors import EnrollError, IdentityError
from edge.identity import identity, kept_request
from edge.identity.hub_client import NOT_OURS, Hub, HubNotReady
from edge.identity.identity import Facts, Granted, Identity
from edge.wire.topics import DEVICE_ID

FOLDER = "enrolment"
Text = Annotated[str, Meta(min_length=1, max_length=100_000)]


@dataclass(frozen=True, slots=True)
class Pending:
    """Somebody must approve the device on the hub, comparing the fingerprint; ask again after `poll_after_s`."""

    device_id: str
    fingerprint: str = ""
    poll_after_s: Annotated[float, Meta(ge=1, le=3600)] = 10.0


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The hub's answer to a request that it accepts."""

    device_id: Annotated[str, Meta(pattern=rf"\A(?:{DEVICE_ID.pattern})\Z")]
    certificate_pem: Text
    ca_pem: Text
    mqtt_url: Text
    media_rtsp_url: str


def enroll(hub: Hub, name: str, token: str | None, state_dir: Path) -> Identity | Pending:
    """Ask once. EnrollError when the hub refuses: then all is as it was. HubNotReady: ask again later."""
    new_dir, new_request = not state_dir.exists(), not kept_request.waits(state_dir / FOLDER)
    try:
        request = kept_request.kept_request(state_dir / FOLDER, name)
        body = {"name": name, "csr_pem": request.csr_pem.decode()} | ({} if token is None else {"token": token})
        answer = understood(hub, *hub.post("/api/enroll", body))
        kept = answer if isinstance(answer, Pending) else identity.keep(state_dir, request.key_pem, answer)
    except OSError as error:
        raise EnrollError(f"cannot write {error.filename or state_dir}: {error.strerror}; ask again") from None
    except (EnrollError, IdentityError) as error:
        if new_request and not (isinstance(error, HubNotReady) and error.heard):
            _forget(state_dir, new_dir)
        raise
    if isinstance(kept, Identity):
        _forget(state_dir, False)
    return kept


def _forget(state_dir: Path, whole: bool) -> None:
    kept_request.forget(state_dir / FOLDER)
    if whole:
        shutil.rmtree(state_dir, ignore_errors=True)


def understood(hub: Hub, status: int, answer: object) -> Pending | Granted:
    """What a 2xx answer to a signing request says; EnrollError when no hub would say that."""
    try:
        if status == HTTPStatus.ACCEPTED:
            return msgspec.convert(answer, Pending)
        enrolled = msgspec.convert(answer, Enrolled)
    except msgspec.ValidationError:
        raise EnrollError(f"{hub.url} {NOT_OURS}") from None
    facts = Facts(enrolled.device_id, enrolled.mqtt_url, enrolled.media_rtsp_url)
    return Granted(facts, enrolled.certificate_pem.encode(), enrolled.ca_pem.encode())
