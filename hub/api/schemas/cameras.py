"""Cameras, what their devices say of them and what the media server does."""

from typing import Annotated, Literal

from pydantic import Field

from hub.api.kinds import Answer, Body, CameraSettings, DeviceId, Line, Name, SourceUrl, UtcTime


class CameraStatus(Answer):
    """`pending`: the device has not applied the latest change yet; `reason` is for people, empty when all is well."""

    state: Literal["pending", "starting", "online", "offline", "disabled", "unknown"]
    since: UtcTime | None
    reason: str


class Published(Answer):
    """What the media server says of a stream that a device publishes to it."""

    since: UtcTime
    readers: int
    kbit_per_s: int


class GlassToScreen(Answer):
    """From the camera's glass to the slowest of the screens that told within a quarter minute, `at` the last of it."""

    p50_ms: float
    p95_ms: float
    at: UtcTime


class CameraStream(Answer):
    """`pin`: somebody (`pinned_by`) pressed Start or Stop; null: it runs while anybody watches."""

    wanted: bool
    state: Literal["stopped", "starting", "live", "failed"]
    pin: Literal["start", "stop"] | None
    pinned_by: str | None
    boxes: Annotated[Literal["burnt", "overlay"], Field(description="how viewers get them now")]
    note: Annotated[str, Field(description="why that is not as it was asked for, for people")]
    published: Annotated[Published | None, Field(description="null: nobody publishes it now")]
    screen: Annotated[GlassToScreen | None, Field(description="null: no screen has ever told")]


class Camera(Answer):
    id: int
    name: str
    source_url: Annotated[
        str, Field(description="credentials and query come back as ***; empty: no key at hand opens it")
    ]
    location: str
    device_id: str | None
    enabled: bool
    settings: CameraSettings
    status: CameraStatus
    stream: CameraStream


class CameraList(Answer):
    items: list[Camera]


class CameraNew(Body):
    """Without `device_id` the camera goes to the only approved device, if there is exactly one."""

    name: Name
    source_url: SourceUrl
    location: Line = ""
    device_id: DeviceId | None = None
    enabled: bool = True
    settings: Annotated[CameraSettings, Field(default_factory=dict)]


class CameraChange(Body):
    """What is left out stays, also inside `settings`; sending a masked `source_url` back keeps its credentials."""

    name: Name | None = None
    source_url: SourceUrl | None = None
    location: Line | None = None
    device_id: DeviceId | None = None
    enabled: bool | None = None
    settings: CameraSettings | None = None
