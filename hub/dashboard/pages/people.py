"""Users for admins, and everybody's own settings."""

from uuid import UUID

from flask import Blueprint, Response, redirect
from flask.typing import ResponseReturnValue

from hub.api import users as user_api
from hub.auth.guard import Principal, Role
from hub.dashboard.frame import page, shell
from hub.dashboard.inventory import Inventory, json
from hub.dashboard.user_agents import named
from hub.errors import NotFound
from hub.store import sessions, users

blueprint = Blueprint("people_pages", __name__)


@blueprint.get("/users")
@page(Role.ADMIN)
def user_list(user: Principal) -> Response:
    """Everybody who may log in."""
    everybody = [json(user_api.shown(one)) for one in users.listing()]
    cameras = list(Inventory.of(user).cameras.values())
    return shell("users.html", user, "users", users=everybody, cameras=cameras, data={"users": everybody})


@blueprint.get("/settings")
@page()
def settings(user: Principal) -> Response:
    """Theme, password, and where one is logged in."""
    open_sessions = [
        {
            "id": session.id,
            "agent": named(session.user_agent),
            "address": session.address,
            "last_used_at": session.last_used_at,
            "current": session.id == user.session_id,
        }
        for session in sessions.of_user(user.id)
    ]
    return shell("settings.html", user, "settings", sessions=open_sessions, data={})


@blueprint.post("/settings/sessions/<uuid:session_id>/end")
@page()
def end_session(user: Principal, session_id: UUID) -> ResponseReturnValue:
    """Log oneself out somewhere else."""
    if session_id not in {session.id for session in sessions.of_user(user.id)}:
        raise NotFound("that session has ended already")
    sessions.revoke(session_id)
    return redirect("/settings", 303)
