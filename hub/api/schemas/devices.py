"""Devices, their tokens and how they are."""

from typing import Annotated, Any, Literal

from pydantic import Field

from hub.api.kinds import Answer, Body, Name, Query, UtcTime, Whole


class Checked(Answer):
    part: str
    ok: bool
    detail: str


class Selftest(Answer):
    at: UtcTime
    checks: list[Checked]


class SelftestResult(Answer):
    """In short; every part stands in the device's health. The live feed tells limited users of no single camera."""

    at: UtcTime
    red: Annotated[list[str], Field(description="the parts that are not as they should be, at most 20")]


class Device(Answer):
    """`offline_cause`: it `left` with a good-bye, or was `lost` without one."""

    id: str
    name: str
    state: Literal["preauthorised", "pending", "approved", "revoked"]
    online: bool
    online_since: Annotated[UtcTime | None, Field(description="since when it is there, or away")]
    offline_cause: Literal["left", "lost"] | None
    version: str
    desired_revision: int
    reported_revision: int
    reported_at: UtcTime | None
    created_at: UtcTime
    approved_at: UtcTime | None
    revoked_at: UtcTime | None
    token_expires_at: UtcTime | None
    fingerprint: Annotated[str | None, Field(description="SHA-256 of its public key, to compare before approving")]
    certificate_expires_at: UtcTime | None
    selftest: SelftestResult | None


class DeviceList(Answer):
    items: list[Device]


class DeviceNew(Body):
    """`replace`: give an existing device of this name a new key (a re-flashed card); its cameras stay."""

    name: Name
    replace: bool = False
    valid_hours: Annotated[int, Field(ge=1, le=24 * 30), Whole] = 24


class DeviceToken(Device):
    """The one time that the token is told."""

    token: str


class DeviceChange(Body):
    name: Name


class HealthQuery(Query):
    """`since` is included, `until` is not; without them the last day."""

    since: UtcTime | None = None
    until: UtcTime | None = None


class HealthSample(Answer):
    """Means over one step; null where nothing was measured."""

    at: UtcTime
    cpu_percent: float | None
    temperature_c: float | None
    memory_mb: float | None
    disk_free_mb: float | None
    outbox_length: float | None
    outbox_oldest_s: float | None
    inference_ms: float | None
    lag_ms: float | None
    glass_to_alert_ms: float | None
    throttled: Annotated[float | None, Field(description="the part of the time, 0-1")]


class DeviceHealth(Answer):
    """`health` is what the device said last, of the cameras that you may see.

    `items` is its history, oldest first, one for every `step_s` that has any.
    """

    at: UtcTime | None
    health: dict[str, Any] | None
    selftest: Selftest | None
    step_s: int
    items: list[HealthSample]
