"""One structured log line and the metrics of each request, under a request id; never a query or a body."""

import re
import secrets
import time

import structlog
from flask import Flask, Response, g, request

from hub.metrics import Metrics

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
HEADER = "X-Request-Id"
log = structlog.get_logger(__name__)


def install(app: Flask, metrics: Metrics) -> None:
    """Begin and end every request."""
    app.before_request(_begin)

    @app.after_request
    def end(answer: Response) -> Response:
        seconds = time.perf_counter() - g.get("begun", time.perf_counter())
        rule = request.url_rule.rule if request.url_rule else "(none)"
        metrics.requests.labels(request.method, rule, str(answer.status_code)).inc()
        metrics.seconds.labels(rule).observe(seconds)
        answer.headers[HEADER] = g.get("request_id", "")
        _write(answer, seconds)
        return answer


def _begin() -> None:
    given = request.headers.get(HEADER, "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
    g.begun = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _write(answer: Response, seconds: float) -> None:
    level = log.warning if answer.status_code >= 500 else log.debug if g.get("routine") else log.info
    level(
        "request",
        method=request.method,
        path=request.path[:200],
        status=answer.status_code,
        ms=round(seconds * 1000, 1),
        user=_user(),
        address=request.remote_addr,
    )


def _user() -> str | None:
    user = g.get("principal")
    return user.username if user else None
