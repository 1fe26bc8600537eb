"""The dashboard as one blueprint: its pages, its files, and a page for addresses that lead nowhere."""

from typing import cast

import structlog
from flask import Blueprint, Response, request
from peewee import InterfaceError, OperationalError
from playhouse.pool import MaxConnectionsExceeded
from werkzeug.exceptions import HTTPException, NotFound

from hub.api import problem
from hub.dashboard import frame, rendering
from hub.dashboard.assets import Assets
from hub.dashboard.pages import (
    alert,
    alerts,
    cameras,
    devices,
    export,
    guide,
    live,
    overview,
    people,
    settings,
    setup,
    sign_in,
)

log = structlog.get_logger(__name__)
blueprint = Blueprint("dashboard", __name__, template_folder="templates")
assets = Assets()
rendering.install(blueprint, assets)
for part in (sign_in, live, alerts, alert, export, cameras, devices, overview, people, settings, setup, guide):
    blueprint.register_blueprint(part.blueprint)


@blueprint.get("/assets/<digest>/<path:name>")
def asset(digest: str, name: str) -> Response:
    """A file of the dashboard."""
    return assets.answer(digest, name, request)


@blueprint.get("/favicon.ico")
def favicon() -> Response:
    """What browsers ask for on their own."""
    return assets.answer("", "img/favicon.svg", request)


@blueprint.errorhandler(OperationalError)
@blueprint.errorhandler(InterfaceError)
@blueprint.errorhandler(MaxConnectionsExceeded)
def unavailable(error: Exception) -> Response:
    """No database just now: the page says so and tries again by itself."""
    log.error("database unavailable", error=str(error).splitlines()[:1])
    text = "The database does not answer. This page tries again every few seconds."
    answer = frame.bare("error.html", 503, title="Just a moment", text=text)
    answer.headers["Refresh"] = "5"
    return answer


@blueprint.errorhandler(Exception)
def unexpected(error: Exception) -> Response | HTTPException:
    """A fault of ours: told to people without details, to the log with all of them."""
    if isinstance(error, HTTPException):
        return error
    log.exception("unexpected error", exc_info=error)
    text = "An unexpected error. What happened stands in the hub's log."
    return frame.bare("error.html", 500, title="That did not work", text=text)


@blueprint.app_errorhandler(NotFound)
def lost(error: HTTPException) -> Response:
    """People get a page, programs a problem."""
    if problem.for_programs():
        return problem.problem(404, cast(str, error.description))
    return frame.lost()
