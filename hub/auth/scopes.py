"""Scopes: what an API token is for, each `<tag>:<read|write>` after the tags of the API. Pure.

A scope only ever narrows what the owner may: the route asks for the role as well, each time.
"""

from collections.abc import Iterable

from hub.auth.principal import Role

READING = frozenset({"GET", "HEAD", "OPTIONS"})
# The least role that can make use of each: to ask for more would be a promise that no route keeps.
SCOPES: dict[str, Role] = {
    "alerts:read": Role.VIEWER,
    "alerts:write": Role.OPERATOR,
    "cameras:read": Role.VIEWER,
    "cameras:write": Role.ADMIN,
    "streams:read": Role.VIEWER,
    "streams:write": Role.OPERATOR,
    "devices:read": Role.VIEWER,
    "devices:write": Role.OPERATOR,
    "metrics:read": Role.VIEWER,
    "users:read": Role.ADMIN,
    "users:write": Role.ADMIN,
    "audit:read": Role.ADMIN,
    "system:read": Role.VIEWER,
    "system:write": Role.ADMIN,
}
NONE_NEEDED = ""


def scope_of(given: str, method: str) -> str:
    """The scope that a call needs: a whole one as given, or a tag completed by the HTTP method."""
    if given == NONE_NEEDED or ":" in given:
        return given
    return f"{given}:{'read' if method in READING else 'write'}"


def beyond(scopes: Iterable[str], role: Role) -> list[str]:
    """Those of the scopes that this role could never make use of."""
    return [scope for scope in scopes if not role.includes(SCOPES[scope])]
