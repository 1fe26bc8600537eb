"""Log-in, log-out and the very first account: plain forms that work without JavaScript."""

import re
from typing import TypeVar

from flask import Blueprint, Response, redirect, request
from pydantic import BaseModel, ValidationError

from hub.api import auth
from hub.api.schemas import auth as schemas
from hub.auth import cookies
from hub.auth.guard import optional_user
from hub.dashboard import form_tokens, frame
from hub.errors import Rejected
from hub.services import services
from hub.store import sessions, users
from hub.store.models import User

blueprint = Blueprint("sign_in", __name__)
STALE = "The page was open too long. Please try again."
WRONG = "User name or password is wrong."
RULES = {
    "username": "Letters, digits and . _ @ + - only, at most 64, beginning with a letter or digit",
    "password": "At least 8 and at most 128 characters",
}
PATH = re.compile(r"/(?![/\\])")  # a second slash would begin the name of a site
M = TypeVar("M", bound=BaseModel)


@blueprint.get("/login")
def login() -> Response:
    """The form; who is logged in goes on, a new hub asks for its first account."""
    if optional_user():
        return _to(_next())
    if _is_new():
        return _to("/welcome")
    return _form("login.html", resume=services().cookies.csrf_refresh in request.cookies)


@blueprint.post("/login")
def log_in() -> Response:
    """Check name and password, begin a session, go where one wanted to go."""
    if not form_tokens.genuine():
        return _form("login.html", 400, problem=STALE)
    given = _read(schemas.Credentials)
    if given is None:
        return _form("login.html", 401, problem=WRONG)
    try:
        return _begin(auth.authenticated(given), _next())
    except Rejected as refused:
        return _form("login.html", refused.status, problem=WRONG if refused.status == 401 else _sentence(refused))


@blueprint.post("/logout")
def log_out() -> Response:
    """End the session; a stale form ends nothing but the cookies."""
    user = optional_user()
    if user:
        sessions.revoke(user.session_id)
    answer = _to("/login")
    cookies.take(answer)
    return answer


@blueprint.get("/welcome")
def welcome() -> Response:
    """The form for the first account, as long as there is none."""
    return _form("welcome.html", errors={}) if _is_new() else _to("/login")


@blueprint.post("/welcome")
def first_account() -> Response:
    """Make the first account and log it in."""
    if not form_tokens.genuine():
        return _form("welcome.html", 400, problem=STALE, errors={})
    given = _read(schemas.Signup)
    if given is None:
        return _form("welcome.html", 422, errors=_errors())
    try:
        return _begin(auth.signed_up(given), "/setup")
    except Rejected as refused:
        return _form("welcome.html", refused.status, problem=_sentence(refused), errors={})


def _is_new() -> bool:
    return not users.anybody() and users.may_sign_up(services().settings.signup, first=True)


def _read(model: type[M]) -> M | None:
    try:
        return model(**_given())
    except ValidationError:
        return None


def _given() -> dict[str, str]:
    return {"username": request.form.get("username", "").strip(), "password": request.form.get("password", "")}


def _errors() -> dict[str, str]:
    """Which field does not keep to the rules of an account."""
    try:
        schemas.Signup(**_given())
    except ValidationError as error:
        return {str(item["loc"][0]): RULES[str(item["loc"][0])] for item in error.errors()}
    return {}


def _form(template: str, status: int = 200, **context: object) -> Response:
    token = form_tokens.token()
    values = {"problem": None, "resume": False, **context}
    name = request.form.get("username", "")
    answer = frame.bare(template, status, form_token=token, username=name, next=_next(), **values)
    return form_tokens.remember(answer, token, secure=services().settings.public_url.startswith("https://"))


def _begin(user: User, target: str) -> Response:
    """Go there with the cookies of a new session."""
    answer = _to(target)
    for cookie in auth.begun(user).headers.getlist("Set-Cookie"):
        answer.headers.add("Set-Cookie", cookie)
    return answer


def _next() -> str:
    """Where to go afterwards: a path of ours, never another site."""
    wanted = request.values.get("next", "")
    return wanted if wanted.isprintable() and PATH.match(wanted) else "/"


def _to(path: str) -> Response:
    answer = redirect(path, 303)
    assert isinstance(answer, Response)
    return answer


def _sentence(refused: Rejected) -> str:
    return refused.detail[:1].upper() + refused.detail[1:] + "."
