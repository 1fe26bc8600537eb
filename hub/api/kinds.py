"""The building blocks of the API's shapes: bounded strings, integers and times, and the three kinds of model."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from hub.auth.scopes import SCOPES
from hub.fleet.camera_settings import SCHEMA as CAMERA_SETTINGS_SCHEMA

MAX_ID = 2**53 - 1  # the largest integer that every JSON reader keeps exactly
NO_NUL = r"^[^\x00]*$"
TEXT = r"^[^\x00-\x1f\x7f]*$"
NAME = r"^[^\x00-\x1f\x7f]*[!-~\u00a1-\ufffd][^\x00-\x1f\x7f]*$"
USERNAME = r"^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$"
MODE = r"(\?(size=[0-9]{2,4}x[0-9]{2,4})?&?(fps=[0-9]{1,3})?)?"
SOURCE_URL = (
    r"^(rtsps?://[^\s\x00-\x1f\x7f]+"
    rf"|picamera://[0-9]{{1,2}}(/lores)?{MODE}"
    rf"|v4l2:///dev/(video[0-9]{{1,3}}|v4l/by-(id|path)/[A-Za-z0-9_.:+-]{{1,200}}){MODE}"
    r"|file:///[^\x00-\x1f\x7f]+)$"
)
PEM = r"^\s*-----BEGIN [A-Z ]+-----[\x09\x0a\x0d\x20-\x7e]+-----END [A-Z ]+-----\s*$"
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d")


def _only_text(value: object) -> object:
    """Refuse what pydantic would read as seconds since 1970."""
    if not isinstance(value, datetime) and not (isinstance(value, str) and RFC_3339.match(value)):
        raise ValueError("expected an RFC 3339 time such as 2024-05-01T12:00:00Z")
    return value


def _to_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("outside the years that can be told") from None


def _scope(value: str) -> str:
    if value not in SCOPES:
        raise ValueError(f"no such scope; there are {', '.join(SCOPES)}")
    return value


def _stripped(value: str) -> str:
    return value.strip(" ")


def _whole(value: object) -> object:
    """JSON has one kind of number: 24.0 is a whole one."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


UtcTime = Annotated[
    AwareDatetime,
    BeforeValidator(_only_text),
    AfterValidator(_to_utc),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Whole = BeforeValidator(_whole)
Id = Annotated[int, Field(ge=1, le=MAX_ID), Whole]
Cursor = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9_.~-]+$")]
DeviceId = Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$", max_length=64)]
Name = Annotated[str, Field(min_length=1, max_length=120, pattern=NAME), AfterValidator(_stripped)]
Line = Annotated[str, Field(max_length=200, pattern=TEXT), AfterValidator(_stripped)]
Username = Annotated[str, Field(pattern=USERNAME, max_length=64)]
# 8 at least (NIST SP 800-63B, 3.1.1), 128 at most so that hashing a password costs no more than any other.
Password = Annotated[str, Field(min_length=8, max_length=128, pattern=NO_NUL)]
Token = Annotated[str, Field(min_length=1, max_length=4096, pattern=r"^[\x21-\x7e]+$")]
SourceUrl = Annotated[str, Field(max_length=2048, pattern=SOURCE_URL)]
Pem = Annotated[str, Field(min_length=1, max_length=8192, pattern=PEM)]
RoleName = Literal["viewer", "operator", "admin"]
ScopeName = Annotated[str, AfterValidator(_scope), WithJsonSchema({"type": "string", "enum": list(SCOPES)})]
CameraSettings = Annotated[dict[str, Any], WithJsonSchema(CAMERA_SETTINGS_SCHEMA)]
CameraIds = Annotated[list[Id], Field(max_length=1000)]
Limit = Annotated[int, Field(ge=1, le=200)]


class Body(BaseModel):
    """A request body: JSON types are taken as they are, unknown names are refused."""

    absent_is_empty: ClassVar[bool] = False  # whether a request without any body means {}

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Query(BaseModel):
    """Query parameters: read from text, unknown names are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Answer(BaseModel):
    """What the hub answers."""

    model_config = ConfigDict(extra="forbid")
