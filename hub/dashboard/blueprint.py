"""The dashboard as one blueprint: its pages, its files, and a page for addresses that lead nowhere."""

from typing import cast

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException, NotFound

from hub.api import problem
from hub.dashboard import frame, rendering
from hub.dashboard.assets import Assets
from hub.dashboard.pages import alert, alerts, cameras, devices, guide, live, overview, people, sign_in

blueprint = Blueprint("dashboard", __name__, template_folder="templates")
assets = Assets()
rendering.install(blueprint, assets)
for part in (sign_in, live, alerts, alert, cameras, devices, overview, people, guide):
    blueprint.register_blueprint(part.blueprint)


@blueprint.get("/assets/<digest>/<path:name>")
def asset(digest: str, name: str) -> Response:
    """A file of the dashboard."""
    return assets.answer(digest, name, request)


@blueprint.get("/favicon.ico")
def favicon() -> Response:
    """What browsers ask for on their own."""
    return assets.answer("", "img/favicon.svg", request)


@blueprint.app_errorhandler(NotFound)
def lost(error: HTTPException) -> Response:
    """People get a page, programs a problem."""
    if problem.for_programs():
        return problem.problem(404, cast(str, error.description))
    return frame.lost()
