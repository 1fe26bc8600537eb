"""The ingest process: one thread that owns the line to the broker, the picture files and the order of things.

Read a batch, store it, answer the devices, acknowledge to the broker, in this order and nothing beside: a crash at any
point means that a message is delivered again, and storing it again changes nothing.
"""

import select
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event

import psycopg2
import structlog
from peewee import InterfaceError, OperationalError
from playhouse.pool import MaxConnectionsExceeded, PooledPostgresqlDatabase

from hub.ingest import reports
from hub.ingest.commit import Committer
from hub.ingest.link import Link, LinkError
from hub.ingest.membership import GroupFull, Membership
from hub.ingest.outgoing import CHANNELS, Outgoing
from hub.ingest.owners import Owners
from hub.ingest.pulse import Pulse
from hub.ingest.shares import Shares
from hub.ingest.sorting import Incoming, Sorted, sort
from hub.mqtt.rules import HUB
from hub.secrets import Sealer
from hub.store.listen import Listener
from hub.store.notify import DESIRED

BATCH = 100
BATCH_BYTES = 16 * 1024 * 1024
LINGER_S = 0.005
TICK_S = 0.5
LEAD_S = 1.0
RETRY_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
TROUBLE = (LinkError, GroupFull, OperationalError, InterfaceError, MaxConnectionsExceeded, psycopg2.Error, OSError)

log = structlog.get_logger(__name__)
Message = tuple[int, Incoming]


@dataclass(frozen=True, slots=True)
class Resources:
    """What ingest works with; `connect` makes a link under the name that this process has at the broker."""

    database: PooledPostgresqlDatabase
    listen: Callable[[tuple[str, ...]], Listener]
    connect: Callable[[str], Link]
    committer: Committer
    sealer: Sealer
    pulse: Pulse
    membership: Membership


@dataclass(slots=True)
class Ingest:
    """Runs until told to stop, through restarts of the broker and of PostgreSQL."""

    resources: Resources
    _owners: Owners = field(default_factory=Owners)
    _shares: Shares = field(default_factory=Shares)
    _last_batch: int = 0
    _asked_at: float = -LEAD_S

    def run(self, stop: Event) -> None:
        """Work; after trouble with broker, database or disk let go of everything, wait a little, and begin anew."""
        failures, trouble = 0, ""
        while not stop.is_set():
            began = time.monotonic()
            try:
                self._run_once(stop)
            except TROUBLE as error:
                self._tell(error)
                failures = 0 if time.monotonic() - began > RETRY_S[-1] else failures
                if trouble != (trouble := str(error).strip().split("\n", 1)[0]) or failures == 0:
                    log.warning("ingest begins anew", reason=trouble)
                stop.wait(RETRY_S[min(failures, len(RETRY_S) - 1)])
                failures += 1
        self.resources.committer.close()

    def _tell(self, error: Exception) -> None:
        """Others should know that there is no broker; of a database that is away nobody can be told in it."""
        pulse, database = self.resources.pulse, self.resources.database
        pulse.note(broker_trouble=str(error) if isinstance(error, LinkError) else pulse.facts.broker_trouble)
        try:
            with database.connection_context():
                pulse.beat()
        except TROUBLE:
            database.close_all()

    def _run_once(self, stop: Event) -> None:
        resources = self.resources
        try:
            with (
                resources.database.connection_context(),
                resources.listen(CHANNELS) as listener,
                closing(resources.connect(self._name())) as link,
            ):
                self._owners.forget()
                outgoing = Outgoing(link, resources.sealer)
                self._lead_if_nobody_does(link, outgoing)
                log.info("ingest is connected", leads=resources.membership.leads)
                resources.pulse.note(broker_trouble="")
                while not stop.is_set():
                    self._turn(link, listener, outgoing)
                    self._lead_if_nobody_does(link, outgoing)
                    resources.pulse.beat()
        finally:
            resources.membership.forget()
            self._asked_at = -LEAD_S
            resources.database.close_all()

    def _name(self) -> str:
        name = self.resources.membership.name()
        self.resources.pulse.member = name.removeprefix(HUB)
        return name

    def _lead_if_nobody_does(self, link: Link, outgoing: Outgoing) -> None:
        """One process of a group hears what the broker keeps and says what the hub wants; alone it is this one."""
        membership, now = self.resources.membership, time.monotonic()
        if membership.leads or now < self._asked_at + LEAD_S:
            return
        self._asked_at = now
        if membership.try_to_lead():
            link.lead()
            outgoing.all_desired()
            outgoing.untold_commands()

    def _turn(self, link: Link, listener: Listener, outgoing: Outgoing) -> None:
        _wait(link, listener)
        if messages := self._gather(link):
            self._handle(messages, link, outgoing)
        for notice in listener.take():
            if notice.channel == DESIRED:
                self._owners.forget()
            if self.resources.membership.leads:
                outgoing.heard(notice)
        if link.wants_write():
            link.write()
        link.keep_alive()

    def _gather(self, link: Link) -> list[Message]:
        """What is there; when busy, a moment longer, for a commit costs the same for one and for fifty."""
        messages = link.read(BATCH, BATCH_BYTES)
        deadline = time.monotonic() + LINGER_S
        while messages and self._last_batch > 1 and len(messages) < BATCH:
            left = deadline - time.monotonic()
            if left <= 0 or not (link.has_buffered() or select.select([link], [], [], left)[0]):
                break
            messages += link.read(BATCH - len(messages), BATCH_BYTES)
        return messages

    def _handle(self, messages: list[Message], link: Link, outgoing: Outgoing) -> None:
        self._last_batch = len(messages)
        admitted = [message for _, message in messages if self._shares.admits(message.topic)]
        batch = sort(admitted, self._owners.device_of)
        for letter in batch.letters:
            log.warning("a dead letter", topic=letter.topic[:200], reason=letter.reason[:200])
        pictures_kept = self.resources.committer.commit(batch, datetime.now(UTC))
        answers = batch.committed if pictures_kept else batch.withheld()
        for device_id, pairs in answers.items():
            outgoing.committed(device_id, pairs)
        link.write()  # now, not behind reports: trouble with those is no reason to withhold it
        for report in batch.reports:
            reports.apply(report)
        link.acknowledge([number for number, _ in messages])
        self._count(batch, messages)

    def _count(self, batch: Sorted, messages: list[Message]) -> None:
        pulse, committer = self.resources.pulse, self.resources.committer
        size = sum(len(message.payload) for _, message in messages)
        pulse.count(visits=len(batch.visits), letters=len(batch.letters), batches=1, bytes=size)
        lag_s = (datetime.now(UTC) - messages[0][1].received_at).total_seconds()
        pulse.note(
            lag_s=max(lag_s, pulse.facts.lag_s), pictures_kept=not committer.shedding, pictures_shed=committer.shed
        )


def _wait(link: Link, listener: Listener) -> None:
    """Until there is something to read or to write, or a tick has passed."""
    writers = [link] if link.wants_write() else []
    readers: list[Link | Listener] = [link, listener]
    select.select(readers, writers, [], 0 if link.has_buffered() else TICK_S)
