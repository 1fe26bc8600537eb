"""Is it alive, is it ready, how busy is it: for supervisors, load balancers and Prometheus."""

import os
import shutil
from datetime import UTC, datetime
from ipaddress import ip_address

import structlog
from flask import Blueprint, Response, jsonify, request
from peewee import ProgrammingError

from hub.auth.guard import Role, check_role
from hub.metrics import Metrics
from hub.services import services
from hub.store import migrate
from hub.store.db import NO_ANSWER
from hub.store.errors import MigrationError, first_line
from hub.store.models import database
from hub.system import broker_trouble

MIN_FREE_BYTES = 200 * 1024 * 1024
log = structlog.get_logger(__name__)


def blueprint_of(metrics: Metrics) -> Blueprint:
    """The routes; the metrics belong to the app that they describe."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @blueprint.get("/readyz")
    def readyz() -> tuple[Response, int]:
        checks = {"database": _database(), "migrations": _migrations(), "broker": _broker(), "disk": _disk()}
        ready = all(reason == "" for reason in checks.values())
        shown = {name: reason or "ok" for name, reason in checks.items()}
        return jsonify(status="ready" if ready else "not ready", checks=shown), 200 if ready else 503

    @blueprint.get("/metrics")
    def exposition() -> Response:
        if not _from_this_machine():
            check_role(Role.VIEWER, "metrics:read")
        return Response(metrics.text(), mimetype="text/plain; version=0.0.4")

    return blueprint


def _database() -> str:
    """Empty when it answers."""
    try:
        database.execute_sql("SELECT 1")
    except NO_ANSWER as error:
        log.error("not ready: database", error=first_line(error))
        return "does not answer"
    return ""


def _migrations() -> str:
    """Empty when the database has this program's structure."""
    try:
        states = migrate.status(services().settings.database_url)
    except MigrationError:
        return "cannot be looked up"
    waiting = [state.name for state in states if state.applied_at is None or state.trouble]
    return f"not as they should be: {', '.join(waiting)}" if waiting else ""


def _broker() -> str:
    """Empty while an ingest process says that it is connected: only through it does the hub hear its devices."""
    try:
        return broker_trouble(datetime.now(UTC))
    except (*NO_ANSWER, ProgrammingError):
        return "nobody can tell without the database"


def _disk() -> str:
    """Empty when there is room and it can be written to."""
    directory = services().settings.data_dir
    if not os.access(directory, os.W_OK):
        return "cannot be written to"
    free = shutil.disk_usage(directory).free
    return "" if free >= MIN_FREE_BYTES else f"only {free // 2**20} MB free"


def _from_this_machine() -> bool:
    """Whether the peer is this very machine; what a proxy here forwards is not."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    return ip_address(request.remote_addr or "0.0.0.0").is_loopback  # compared, not bound  # nosec B104
