"""The hub's jobs: leases, months ahead, retention, the disk's last reserve, and how the jobs themselves do."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
import structlog
from playhouse.pool import PooledPostgresqlDatabase

from hub.auth.limits import LEAKED
from hub.fleet.absences import tell_of_absences
from hub.jobs import Job
from hub.media import leases
from hub.store import attempts, commands, dead_letters, health_history, keeping, picture_retention, processes, retention
from hub.store.keeping import GB, Limits
from hub.store.partitions import Months, month_of, next_month
from hub.store.picture_lock import pictures_to_change
from hub.store.pictures import PictureStore
from hub.store.processes import BEAT_S, JobsFacts

KIND = "jobs"
MINUTE_S, QUARTER_S, HOUR_S, SCAN_S = 60.0, 900.0, 3600.0, 6 * 3600.0
DEAD_LETTERS_FOR = timedelta(days=90)
SIZE = "SELECT pg_database_size(current_database())"
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Housekeeping:
    """Owns what is done by the clock; one thread. `limits` holds until an admin says otherwise."""

    database: PooledPostgresqlDatabase
    pictures: PictureStore
    limits: Limits
    reserve_bytes: int
    _months: Months = field(default_factory=Months)
    _facts: JobsFacts = field(default_factory=JobsFacts)
    _jobs: list[Job] = field(default_factory=list)
    _started_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def jobs(self) -> list[Job]:
        """Everything there is to do; `beat` tells of those that fail."""
        often = SCAN_S if self.pictures.room() is None else MINUTE_S  # a bucket takes money for each look
        self._jobs = [
            Job("leases", 1.0, leases.sweep),
            Job("absences", 1.0, tell_of_absences),
            Job("beat", BEAT_S, self.beat),
            Job("disk", 2 * BEAT_S, lambda _: self.keep_reserve()),
            Job("months", MINUTE_S, self.make_months),
            Job("sizes", often, lambda _: self.measure()),
            Job("retention", HOUR_S, self.forget),
            Job("old pictures", SCAN_S, self.forget_old_pictures),
            Job("attempts", MINUTE_S, lambda now: attempts.prune(now, LEAKED)),
            Job("commands", MINUTE_S, commands.forget),
            Job("health history", QUARTER_S, health_history.thin),
            Job("dead letters", MINUTE_S, lambda now: dead_letters.prune(now, DEAD_LETTERS_FOR)),
        ]
        return self._jobs

    def make_months(self, now: datetime) -> None:
        """This month's partition and the next one's."""
        self._months.ensure([now, next_month(month_of(now))], now)

    def forget(self, now: datetime) -> None:
        """What is past its time or beyond its room."""
        limits = keeping.limits(self.limits)
        if limits.alert_days:
            retention.forget_alerts(now - timedelta(days=limits.alert_days))
        if limits.alert_gb:
            retention.forget_alerts_beyond(limits.alert_gb * GB)
        if limits.picture_gb:
            with pictures_to_change(self.database) as free:  # else somebody makes a backup; the next hour will do
                if free:
                    picture_retention.forget_pictures(self.pictures, limits.picture_gb * GB)

    def forget_old_pictures(self, now: datetime) -> None:
        """Those past their time, and the holes that these and others have left; every alert is looked at for it."""
        limits = keeping.limits(self.limits)
        if limits.picture_days:
            picture_retention.forget_pictures_before(now - timedelta(days=limits.picture_days))
        with pictures_to_change(self.database) as free:
            if free:
                picture_retention.compact(self.pictures)

    def keep_reserve(self) -> None:
        """On a disk that fills up the oldest pictures give way first, then new ones are shed, and alerts stay."""
        room = self.pictures.room()
        if room is None or room.free >= 2 * self.reserve_bytes:
            return
        with pictures_to_change(self.database) as free:
            shed = picture_retention.make_room(self.pictures, 2 * self.reserve_bytes - room.free) if free else 0
        if shed:
            log.error("disk almost full: the oldest pictures are gone", segments=shed, free_mb=room.free // 2**20)
            self._note(segments_shed=self._facts.segments_shed + shed)

    def measure(self) -> None:
        """How much room things take."""
        every = self.pictures.segments()
        (size,) = self.database.execute_sql(SIZE).fetchone()
        self._note(picture_bytes=sum(part.size for part in every), picture_segments=len(every), database_bytes=size)

    def beat(self, now: datetime) -> None:
        """Say that the jobs are done, and which are not."""
        self._note(failing=tuple(job.name for job in self._jobs if job.fails))
        processes.beat(processes.of_this_machine(KIND, self._started_at, self._facts))
        processes.forget_silent(now)

    def _note(self, **facts: int | tuple[str, ...]) -> None:
        self._facts = msgspec.structs.replace(self._facts, **facts)
