"""The hub itself: how it is, and what it keeps."""

from typing import Annotated, Literal

from pydantic import Field

from hub.api.kinds import Answer, Body, UtcTime, Whole


class SystemTrouble(Answer):
    """Something that people should be shown; `what` names it for programs."""

    what: Literal[
        "ingest_silent",
        "broker_lost",
        "pictures_shed",
        "pictures_forgotten",
        "jobs_silent",
        "job_fails",
        "guard_silent",
        "dead_letters",
    ]
    text: str


class SystemBroker(Answer):
    """Whether the hub hears its devices."""

    connected: bool
    reason: str


class SystemDisk(Answer):
    """The disk that pictures are on; null where they lie elsewhere, or nobody has said."""

    free_bytes: int | None
    total_bytes: int | None


class SystemPictures(Answer):
    """`kept` false: the disk is full, alerts come without; `shed` counts them since ingest started."""

    kept: bool
    bytes: int
    segments: int
    shed: int


class SystemProcess(Answer):
    """One process of the hub by its last sign of life."""

    name: str
    kind: Literal["ingest", "jobs", "guard"]
    started_at: UtcTime
    seen_at: UtcTime
    silent: bool


class System(Answer):
    troubles: list[SystemTrouble]
    broker: SystemBroker
    disk: SystemDisk
    pictures: SystemPictures
    database_bytes: int
    dead_letters: int
    processes: list[SystemProcess]


Days = Annotated[int, Field(ge=0, le=36500), Whole]
Gigabytes = Annotated[int, Field(ge=0, le=1_000_000), Whole]


class Retention(Answer):
    """Days and gigabytes (2^30 bytes) that are kept; 0 is for ever, or all."""

    alert_days: int
    alert_gb: int
    picture_days: int
    picture_gb: int


class RetentionChange(Body):
    alert_days: Days = 0
    alert_gb: Gigabytes = 0
    picture_days: Days = 0
    picture_gb: Gigabytes = 0
