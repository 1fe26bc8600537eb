"""Watching a camera: what a page asks for and where the video is."""

from typing import Annotated, Literal

from pydantic import Field

from hub.api.kinds import Answer, Body, UtcTime, Whole

DelayMs = Annotated[float, Field(ge=0, le=3_600_000)]


class ScreenDelay(Body):
    """From the camera's glass to the picture on a screen, in milliseconds of one clock."""

    p50_ms: DelayMs
    p95_ms: DelayMs


class StreamWatch(Body):
    """The device sends a picture no wider than the widest that anybody says to see; without `width` all of it."""

    absent_is_empty = True

    width: Annotated[
        int | None, Field(ge=1, le=16384, description="of the picture on the screen, in pixels"), Whole
    ] = None
    page: Annotated[str, Field(pattern=r"^[a-z0-9]{0,12}$", description="tells several pages of one log-in apart")] = ""
    screen: Annotated[ScreenDelay | None, Field(description="what this page measured since it last asked")] = None


class StreamAnswer(Answer):
    whep_url: str
    token: Annotated[str, Field(description="for that one path; `Authorization: Bearer` at the WHEP URL")]
    lease_s: int
    state: Annotated[
        Literal["stopped", "starting", "live", "failed", "pending"], Field(description="pending: the device is away")
    ]
    reason: Annotated[str, Field(description="for people, empty when all is well")] = ""
    note: Annotated[str, Field(description="why the video is not as it was asked for, for people")] = ""
    at: Annotated[UtcTime, Field(description="the hub's clock now")]
