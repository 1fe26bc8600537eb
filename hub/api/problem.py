"""Errors as RFC 9457 answers: whatever goes wrong under /api becomes `application/problem+json`, never a bare page."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Annotated

import structlog
from flask import Flask, Response, g, request
from gunicorn.http.errors import ParseException
from peewee import DataError
from pydantic import Field, ValidationError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from hub.api.kinds import Answer
from hub.errors import Invalid, Rejected, SecretError, TooMany
from hub.store.db import NO_ANSWER
from hub.store.errors import first_line

MEDIA_TYPE = "application/problem+json"
FOR_PROGRAMS = ("/api/", "/.well-known/", "/healthz", "/readyz", "/metrics", "/media/")
DRAIN_LIMIT = 16 * 1024 * 1024
log = structlog.get_logger(__name__)


class FieldProblem(Answer):
    """One thing wrong with a request: where (`body.source_url`, `query.limit`) and what."""

    field: str
    detail: str


class Problem(Answer):
    """RFC 9457: what went wrong, for programs and people."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: Annotated[list[FieldProblem], Field(default_factory=list)]
    request_id: str | None = None


def problem(
    status: int, detail: str, errors: Iterable[tuple[str, str]] = (), headers: Mapping[str, str] | None = None
) -> Response:
    """An RFC 9457 answer; 401 says how to log in."""
    body = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        errors=[FieldProblem(field=field, detail=what) for field, what in errors],
        request_id=g.get("request_id"),
    )
    answer = Response(body.model_dump_json(), status, mimetype=MEDIA_TYPE)
    answer.headers.update(headers or {})
    if status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="watchpost"'
    return answer


def invalid(error: ValidationError, place: str) -> Invalid:
    """What pydantic refused in `body` or `query`, field by field."""
    errors = [(".".join([place, *map(str, item["loc"])]), item["msg"]) for item in error.errors(include_url=False)[:50]]
    return Invalid("; ".join(f"{field}: {what}" for field, what in errors[:3]), *errors)


def install(app: Flask) -> None:
    """Register the handlers of every kind of trouble."""
    app.register_error_handler(Rejected, _rejected)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DataError, _data)
    app.register_error_handler(ParseException, _unreadable)
    app.register_error_handler(SecretError, _secret)
    app.register_error_handler(Exception, _unexpected)
    for kind in NO_ANSWER:
        app.register_error_handler(kind, _unavailable)


def _rejected(error: Rejected) -> Response:
    headers = {"Retry-After": str(error.retry_after_s)} if isinstance(error, TooMany) else None
    return problem(error.status, error.detail, error.errors, headers)


def _http(error: HTTPException) -> Response | HTTPException:
    if isinstance(error, RequestEntityTooLarge):
        _drain()
    if error.response is not None or error.code is None or error.code < 400 or not for_programs():
        return error
    kept = {name: value for name, value in error.get_headers() if name not in ("Content-Type", "Content-Length")}
    return problem(error.code, error.description or "", headers=kept)


def for_programs() -> bool:
    """Whether whoever asks is better served with a problem than with a page."""
    return request.path.startswith(FOR_PROGRAMS) or not request.accept_mimetypes.accept_html


def _drain() -> None:
    """Read what the client still sends, within reason: it would see a reset connection instead of the answer."""
    stream, left = request.environ["wsgi.input"], DRAIN_LIMIT
    while left > 0 and (chunk := stream.read(65536)):
        left -= len(chunk)


def _unreadable(error: ParseException) -> Response:
    log.info("unreadable body", error=str(error))
    return problem(400, "the body's chunks cannot be read")


def _data(error: DataError) -> Response:
    log.warning("database refused a value", error=first_line(error))
    return problem(422, "a value is outside what can be stored")


def _secret(error: SecretError) -> Response:
    log.error("secret", error=str(error))
    return problem(500, "a stored secret cannot be opened with the keys at hand")


def _unavailable(error: Exception) -> Response:
    log.error("database unavailable", error=first_line(error))
    return problem(503, "the database does not answer; try again in a moment", headers={"Retry-After": "2"})


def _unexpected(error: Exception) -> Response:
    log.exception("unexpected error", exc_info=error)
    return problem(500, "an unexpected error; the hub's log tells more under this request id")
