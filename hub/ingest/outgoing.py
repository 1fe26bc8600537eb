"""What the hub says to devices: what it wants of them, and commands; web processes ask for both through NOTIFY."""

import json
from dataclasses import dataclass

import msgspec
import structlog

from edge.wire.codec import encode
from edge.wire.errors import WireError
from edge.wire.messages import Ack, Command, Committed
from edge.wire.topics import Kind
from hub.fleet.desired import desired_of
from hub.ingest.link import Link
from hub.secrets import Sealer
from hub.store import devices
from hub.store.listen import Notice
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

    def heard(self, notice: Notice) -> None:
        """Do what another process asks for."""
        try:
            if notice.channel == DESIRED:
                self.desired(notice.payload)
            elif notice.channel == COMMAND:
                self._command(notice.payload)
        except (WireError, ValueError, KeyError, msgspec.ValidationError) as error:
            log.error("a notice that makes no sense", channel=notice.channel, error=str(error)[:200])

    def _command(self, payload: str) -> None:
        """`{"device_id", "command_id", "action", "camera"?, "url"?}`"""
        plain = json.loads(payload)
        device_id = str(plain.pop("device_id"))
        self.link.publish(device_id, Kind.COMMAND, encode(msgspec.convert(plain, Command)))
