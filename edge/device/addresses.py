"""Where broker and media server are: as the settings say, where they are silent as the hub said at enrolment."""

from edge.config import HubConfig
from edge.identity.identity import Identity
from edge.uplink.broker import Broker, Certificates, broker_at


def broker_of(hub: HubConfig, known: Identity | None) -> Broker | None:
    """The broker with the certificates for it, None where none is known; ConfigError when its URL is wrong."""
    url = hub.mqtt_url or (known.facts.mqtt_url if known is not None else "")
    certificates = known.certificates if known is not None else Certificates(hub.ca_file)
    return broker_at(url, certificates) if url else None


def media_url_of(hub: HubConfig, known: Identity | None) -> str:
    """The media server's RTSP URL, empty where none is known."""
    return hub.media_rtsp_url or (known.facts.media_rtsp_url if known is not None else "")
