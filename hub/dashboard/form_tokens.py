"""Forms of people without a session (log-in, first account): the field must match a cookie that only we can set."""

from secrets import compare_digest, token_urlsafe

from flask import Response, request

COOKIE = "watchpost_form"
FIELD = "csrf_token"


def token() -> str:
    """The token of this browser, the present one if it has one."""
    kept = request.cookies.get(COOKIE, "")
    return kept if 20 <= len(kept) <= 100 else token_urlsafe(32)


def remember(answer: Response, value: str, *, secure: bool) -> Response:
    """Give the browser its token; another site can neither read it nor make it come along."""
    answer.set_cookie(COOKIE, value, httponly=True, samesite="Strict", secure=secure, path="/")
    return answer


def genuine() -> bool:
    """Whether the form that was posted is one that we served to this browser."""
    kept, sent = request.cookies.get(COOKIE, ""), request.form.get(FIELD, "")
    return bool(kept) and compare_digest(kept.encode(), sent.encode())
