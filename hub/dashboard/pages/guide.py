"""The style guide: every component in every state."""

from flask import Blueprint, Response, url_for

from hub.auth.guard import Principal
from hub.dashboard import styleguide
from hub.dashboard.frame import page, shell
from hub.dashboard.rendering import viewer_now

blueprint = Blueprint("guide_page", __name__)


@blueprint.get("/styleguide")
@page()
def guide(user: Principal) -> Response:
    """For whoever builds the next page."""
    picture = url_for("dashboard.asset", digest="sample", name="img/sample.svg")
    return shell("styleguide.html", user, "guide", **styleguide.samples(viewer_now(), picture), data={})
