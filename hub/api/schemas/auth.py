"""Logging in and out, and who one is."""

from typing import Annotated, Literal

from pydantic import Field

from hub.api.kinds import NO_NUL, TEXT, Answer, Body, Password, RoleName, Token, Username


class Credentials(Body):
    username: Annotated[str, Field(min_length=1, max_length=64, pattern=TEXT)]
    password: Annotated[str, Field(min_length=1, max_length=128, pattern=NO_NUL)]


class Signup(Body):
    username: Username
    password: Password


class Refresh(Body):
    """For programs; a browser sends its refresh cookie and the CSRF header instead."""

    absent_is_empty = True

    refresh_token: Token | None = None


class PasswordChange(Body):
    current_password: Annotated[str, Field(min_length=1, max_length=128, pattern=NO_NUL)]
    new_password: Password


class Tokens(Answer):
    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: Annotated[int, Field(description="seconds until the access token ends")]


class Ticket(Answer):
    ticket: str
    expires_in: int


class Account(Answer):
    id: int
    username: str
    role: RoleName


class Me(Account):
    camera_ids: Annotated[list[int] | None, Field(description="null: every camera")]
