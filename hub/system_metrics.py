"""What the database knows, as Prometheus gauges and counters: the fleet, ingest, disk; asked at each scrape.

Labels are names of ours; of devices and cameras at most `MOST` have gauges of their own, so that a fleet that grows
does not flood whoever scrapes.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hub.store import cameras, devices, stream_health
from hub.store.models import Camera, Device
from hub.store.processes import IngestFacts
from hub.system import SystemState, system_state

MOST = 500
SCREEN_TOLD = timedelta(minutes=1)  # longer ago: nobody watches
INGEST_COUNTERS = {
    "visits": "Visit messages committed",
    "letters": "Messages that became dead letters",
    "batches": "Batches committed",
    "bytes": "Bytes of messages read",
    "pictures_shed": "Times that a picture found no room; its device offers it again",
}
# Of a device's last health message: field, gauge, what it says.
DEVICE_GAUGES = (
    ("outbox_length", "outbox_messages", "Messages that wait on the device"),
    ("outbox_oldest_s", "outbox_oldest_seconds", "How long the oldest has waited"),
    ("cpu_percent", "cpu_percent", "CPU of the whole machine"),
    ("memory_mb", "memory_megabytes", "Resident memory of the agent"),
    ("disk_free_mb", "disk_free_megabytes", "Free where the outbox is"),
    ("temperature_c", "temperature_celsius", "Of the processor"),
    ("pictures_dropped", "pictures_dropped", "Given up by the outbox since it was made"),
    ("pictures_shrunk", "pictures_shrunk", "Halved by the outbox for want of room since it was made"),
    ("visits_dropped", "visits_dropped", "Given up by the outbox since it was made"),
)
CAMERA_GAUGES = (
    ("frames", "frames", "Frames in the device's last minute"),
    ("dropped", "frames_dropped", "Frames displaced by newer ones in the device's last minute"),
    ("inferences", "inferences", "Looks of the detector in the device's last minute"),
    ("inference_ms", "inference_milliseconds", "Mean time of one"),
    ("lag_ms", "lag_milliseconds", "Median from capture to a look"),
    ("glass_to_alert_ms_p95", "glass_to_alert_milliseconds_p95", "From the first frame with the face to the visit"),
    ("glass_to_video_ms_p95", "glass_to_video_milliseconds_p95", "From capture to leaving the device for the viewers"),
)


class SystemCollector(Collector):
    """Everything at once, so that a scrape costs a handful of queries."""

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        yield from _states()
        every = devices.listing(None)[:MOST]
        yield from _devices(every)
        yield from _cameras(cameras.of_devices([device.id for device in every])[:MOST], every)
        yield from _streams()
        yield from _processes(system_state(datetime.now(UTC)))


def _states() -> Iterable[Metric]:
    for name, what, counts in (
        ("watchpost_devices", "Devices by state", devices.counts()),
        ("watchpost_cameras", "Cameras by the state last reported", cameras.counts()),
    ):
        yield _family(name, what, ["state"], [([state], count) for state, count in counts])
    yield GaugeMetricFamily("watchpost_devices_online", "Devices connected now", devices.online_count())


def _devices(every: list[Device]) -> Iterable[Metric]:
    label = ["device"]
    online = [([device.id], int(device.online)) for device in every]
    yield _family("watchpost_device_online", "Whether it is connected", label, online)
    ages = [([device.id], device.health_at.timestamp()) for device in every if device.health_at is not None]
    yield _family("watchpost_device_health_timestamp_seconds", "When it last said how it does", label, ages)
    for field, name, what in DEVICE_GAUGES:
        values = [([device.id], (device.health or {}).get(field)) for device in every]
        yield _family(f"watchpost_device_{name}", what, label, values)


def _cameras(every: list[Camera], all_devices: list[Device]) -> Iterable[Metric]:
    label = ["camera", "device"]
    health = {
        (device.id, said["id"]): said for device in all_devices for said in (device.health or {}).get("cameras", ())
    }

    def values(of: Callable[[Camera], Any]) -> list[tuple[list[str], Any]]:
        return [([str(camera.id), str(camera.device_id)], of(camera)) for camera in every]

    online = values(lambda camera: int(camera.state == "online"))
    yield _family("watchpost_camera_online", "Whether its device gets pictures from it", label, online)
    shown = values(lambda camera: camera.screen_ms_p95 if _told_lately(camera) else None)
    yield _family("watchpost_camera_glass_to_screen_milliseconds_p95", "On the slowest screen of late", label, shown)
    live = values(lambda camera: int(camera.stream_state == "live"))
    yield _family("watchpost_camera_streaming", "Whether its boxed video is published", label, live)
    for field, name, what in CAMERA_GAUGES:
        said = values(lambda camera, field=field: health.get((camera.device_id, str(camera.id)), {}).get(field))  # type: ignore[misc]
        yield _family(f"watchpost_camera_{name}", what, label, said)


def _streams() -> Iterable[Metric]:
    """Those that are published now, as the media server has them: as many labels as there are cameras on air."""
    published = [
        ([str(camera_id)], readers, kbit_per_s) for camera_id, readers, kbit_per_s in stream_health.published()
    ]
    readers = [(label, count) for label, count, _ in published]
    yield _family("watchpost_stream_readers", "Who watches a published stream", ["camera"], readers)
    rates = [(label, kbit_per_s * 1000) for label, _, kbit_per_s in published]
    yield _family("watchpost_stream_bits_per_second", "What a stream brings in", ["camera"], rates)


def _told_lately(camera: Camera) -> bool:
    return camera.screen_at is not None and camera.screen_at > datetime.now(UTC) - SCREEN_TOLD


def _processes(state: SystemState) -> Iterable[Metric]:
    ingest = state.ingest
    for field, what in INGEST_COUNTERS.items():
        yield CounterMetricFamily(f"watchpost_ingest_{field}", what, sum(getattr(facts, field) for facts in ingest))
    yield _gauge("ingest_processes", "Ingest processes that speak", len(ingest))
    yield _gauge("ingest_lag_seconds", "Longest from reading to commit, of the last seconds", _largest(ingest, "lag_s"))
    yield _gauge("broker_connected", "Whether ingest is connected to the broker", int(not state.broker))
    yield _gauge("pictures_kept", "Whether there is room for new pictures", int(state.pictures_kept))
    yield _gauge("picture_bytes", "Bytes of pictures", state.jobs.picture_bytes)
    yield _gauge("database_bytes", "Bytes of the database", state.jobs.database_bytes)
    yield _gauge("dead_letters", "Messages that nobody could place", state.dead_letters)
    free = [facts.free_bytes for facts in ingest if facts.free_bytes is not None]
    if free:
        yield _gauge("disk_free_bytes", "Free where pictures are", min(free))


def _largest(ingest: list[IngestFacts], field: str) -> float:
    return max((getattr(facts, field) for facts in ingest), default=0.0)


def _gauge(name: str, what: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"watchpost_{name}", what, value)


def _family(name: str, what: str, labels: list[str], values: Iterable[tuple[list[str], Any]]) -> GaugeMetricFamily:
    """A gauge for each that has a value."""
    family = GaugeMetricFamily(name, what, labels=labels)
    for label, value in values:
        if isinstance(value, int | float):
            family.add_metric(label, value)
    return family
