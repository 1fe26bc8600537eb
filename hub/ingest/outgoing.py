"""What the hub says to devices: what it wants of them, and commands; web processes ask for both through NOTIFY."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import structlog

from edge.wire.codec import encode
from edge.wire.errors import WireError
from edge.wire.messages import Ack, Action, Answer, Command, Committed
from edge.wire.topics import Kind
from hub.errors import SecretError
from hub.fleet.commands import apply_answer
from hub.fleet.desired import desired_of
from hub.ingest.link import Link
from hub.secrets import Sealer
from hub.store import commands, devices
from hub.store.listen import Notice
from hub.store.models import database
from hub.store.notify import COMMAND, DESIRED

CHANNELS = (COMMAND, DESIRED)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Publishes on a link; raises LinkError when it breaks."""

    link: Link
    sealer: Sealer

    def all_desired(self) -> None:
        """Say to every device what is wanted of it: whatever changed while nobody published is said now."""
        for device in devices.listing(None):
            self.desired(device.id)

    def desired(self, device_id: str) -> None:
        """Say what is wanted of one device; of one that is no more, take back what was said."""
        wanted = desired_of(device_id, self.sealer)
        self.link.publish(device_id, Kind.DESIRED, encode(wanted) if wanted else b"")

    def committed(self, device_id: str, pairs: list[Committed]) -> None:
        """Tell a device what it may forget. Lost, it costs a repetition and nothing else: so without a receipt."""
        self.link.publish(device_id, Kind.ACK, encode(Ack(tuple(pairs))), qos=0)

    def untold_commands(self) -> None:
        """Tell what was asked while nobody could tell it, as far as it is not too late."""
        for command_id in commands.untold(datetime.now(UTC)):
            self.command(command_id)

    def command(self, command_id: UUID) -> None:
        """Tell a device what is asked of it, once; never when it is too late."""
        with database.atomic():
            row = commands.take(command_id, datetime.now(UTC))
        if row is None:
            return
        try:
            url = self.sealer.unseal(row.url_sealed) if row.url_sealed else ""
        except SecretError as error:
            apply_answer(row.device_id, Answer(row.id, error=str(error)[:500]))
            return
        camera = str(row.camera_id) if row.camera_id is not None and row.action != Action.PROBE else ""
        self.link.publish(row.device_id, Kind.COMMAND, encode(Command(row.id, Action(row.action), camera, url)))

    def heard(self, notice: Notice) -> None:
        """Do what another process asks for."""
        try:
            if notice.channel == DESIRED:
                self.desired(notice.payload)
            elif notice.channel == COMMAND:
                self.command(UUID(notice.payload))
        except (WireError, ValueError) as error:
            log.error("a notice that makes no sense", channel=notice.channel, error=str(error)[:200])
