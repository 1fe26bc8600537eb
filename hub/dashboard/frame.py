"""What every page needs: who looks, the shell's values, and a page instead of a problem when something is refused."""

import gzip
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import quote

from flask import Response, current_app, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from hub.auth.guard import Principal, Role, optional_user
from hub.dashboard.rendering import theme
from hub.errors import NotFound, Rejected
from hub.services import services
from hub.store import devices

P = ParamSpec("P")
UNSAVED = "unsaved"  # in the address of a page whose form found nobody logged in
TITLES = {403: "Not for this account", 404: "Nothing here", 409: "That does not fit", 429: "Too often"}


def page(
    role: Role = Role.VIEWER,
) -> Callable[[Callable[Concatenate[Principal, P], ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """A view for people of this role; strangers are sent to the log-in and come back, refusals become a page."""

    def decorate(
        view: Callable[Concatenate[Principal, P], ResponseReturnValue],
    ) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            user = optional_user()
            if user is None:
                return redirect(f"/login?next={quote(_here(), safe='')}", 303)
            if not user.role.includes(role):
                return refused(403, f"This page is for the role {role}; {user.username} is {user.role}.", user)
            try:
                return view(user, *args, **kwargs)
            except Rejected as rejected:
                return refused(rejected.status, _sentence(rejected.detail), user)

        return guarded

    return decorate


def shell(template: str, user: Principal, name: str, **context: Any) -> Response:
    """A page inside the shell; `name` is its place in the navigation."""
    waiting = devices.pending_count() if user.role is Role.ADMIN else 0
    viewer = {"username": user.username, "role": user.role.value}
    token = request.cookies.get(services().cookies.csrf_access, "")
    common = {"page": name, "viewer": viewer, "theme": theme(), "waiting_devices": waiting, "csrf_token": token}
    return private(render_template(template, **common, **context))


def bare(template: str, status: int = 200, **context: Any) -> Response:
    """A page without the shell, for people who are not logged in."""
    return private(render_template(template, viewer=None, theme=theme(), **context), status)


def refused(status: int, text: str, user: Principal | None) -> Response:
    """Why there is nothing to see."""
    title = TITLES.get(status, "That did not work")
    values: dict[str, Any] = {"title": title, "text": text}
    answer = shell("error.html", user, "", **values) if user else bare("error.html", **values)
    answer.status_code = status
    return answer


def lost() -> Response:
    """The page for an address that leads nowhere."""
    return refused(404, "This address leads nowhere. What it showed may have been deleted.", optional_user())


def private(body: str, status: int = 200) -> Response:
    """A page that no cache may keep for others and that is asked for again each time."""
    answer = make_response(body, status)
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Vary"] = "Cookie, Accept-Encoding"
    # The form token stands in the page: compressed beside text that a stranger chose, its length would tell (BREACH).
    if not request.query_string and request.method == "GET" and "gzip" in request.headers.get("Accept-Encoding", ""):
        answer.set_data(gzip.compress(answer.get_data(), 5, mtime=0))
        answer.headers["Content-Encoding"] = "gzip"
    return answer


def visible(user: Principal, camera_id: int) -> None:
    """NotFound for a camera that this user may not see."""
    if not user.may_see(camera_id):
        raise NotFound(f"no camera {camera_id}")


def _here() -> str:
    """The address to come back to: the page itself, for a form its own page if it has one, told what became of it."""
    here = request.full_path.rstrip("?")
    if request.method == "GET":
        return here
    adapter = current_app.create_url_adapter(request)
    return f"{here}{'&' if '?' in here else '?'}{UNSAVED}=1" if adapter and adapter.test(method="GET") else "/"


def _sentence(detail: str) -> str:
    return detail[:1].upper() + detail[1:].rstrip(".") + "."
