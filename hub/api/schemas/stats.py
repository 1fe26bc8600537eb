"""Counts of alerts over time."""

from typing import Literal

from hub.api.kinds import Answer, Id, Query, UtcTime


class StatsQuery(Query):
    bucket: Literal["hour", "day"] = "hour"
    since: UtcTime | None = None
    until: UtcTime | None = None
    camera_id: Id | None = None


class Bucket(Answer):
    at: UtcTime
    alerts: int


class Stats(Answer):
    bucket: Literal["hour", "day"]
    items: list[Bucket]
