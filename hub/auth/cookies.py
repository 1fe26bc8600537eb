"""The dashboard's cookies: named after this hub, because cookies know hosts but no ports, and bound to it by prefix.

Two hubs on one host (two demos, a test beside the real one) would else log each other's people out. Behind https the
names carry the prefixes of RFC 6265bis: no other host of the domain and no plain connection can set them.
"""

from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

from flask import Response
from flask_jwt_extended import get_csrf_token, set_access_cookies, set_refresh_cookies, unset_jwt_cookies

from hub.secrets import kept

FILE = "hub.id"
REFRESH_PATH = "/api/auth"
# What flask-jwt-extended calls them by default: scripts that use cookies look for the form tokens there.
USUAL_ACCESS, USUAL_REFRESH = "csrf_access_token", "csrf_refresh_token"


@dataclass(frozen=True, slots=True)
class CookieNames:
    """The names of one hub's cookies; scripts of a page read the two of `csrf`, nothing reads the others."""

    access: str
    refresh: str
    csrf_access: str
    csrf_refresh: str
    secure: bool

    @classmethod
    def of(cls, secrets_dir: Path, public_url: str) -> "CookieNames":
        """The names that go with an installation, kept beside its keys."""
        mark = kept(secrets_dir / FILE, lambda: token_hex(4).encode()).decode().strip()
        secure = public_url.startswith("https://")
        host, narrow = ("__Host-", "__Secure-") if secure else ("", "")
        return cls(
            access=f"{host}access_token_cookie_{mark}",
            refresh=f"{narrow}refresh_token_cookie_{mark}",
            csrf_access=f"{host}{USUAL_ACCESS}_{mark}",
            csrf_refresh=f"{host}{USUAL_REFRESH}_{mark}",
            secure=secure,
        )

    def config(self) -> dict[str, Any]:
        """What flask-jwt-extended is told."""
        return {
            "JWT_ACCESS_COOKIE_NAME": self.access,
            "JWT_REFRESH_COOKIE_NAME": self.refresh,
            "JWT_ACCESS_CSRF_COOKIE_NAME": self.csrf_access,
            "JWT_REFRESH_CSRF_COOKIE_NAME": self.csrf_refresh,
            "JWT_REFRESH_COOKIE_PATH": REFRESH_PATH,
            "JWT_COOKIE_SECURE": self.secure,
            "JWT_COOKIE_SAMESITE": "Lax",
            "JWT_SESSION_COOKIE": False,
        }


def give(answer: Response, names: CookieNames, access: str, refresh: str) -> None:
    """Put a pair of tokens into cookies out of scripts' reach, and their form tokens into cookies within it."""
    set_access_cookies(answer, access)
    set_refresh_cookies(answer, refresh)
    for name, token in ((USUAL_ACCESS, access), (USUAL_REFRESH, refresh)):
        answer.set_cookie(name, get_csrf_token(token), secure=names.secure, samesite="Lax")


def take(answer: Response) -> None:
    """Have the browser forget them."""
    unset_jwt_cookies(answer)
    for name in (USUAL_ACCESS, USUAL_REFRESH):
        answer.delete_cookie(name, samesite="Lax")
