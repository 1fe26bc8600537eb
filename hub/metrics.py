"""Prometheus metrics of one web process: requests as they happen, the rest counted in the database when asked."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hub.store import cameras, devices, stream_health

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """The registry of one app; labels are routes and states, so their number is bounded."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ["method", "route", "status"]
        self.requests = Counter("watchpost_http_requests", "HTTP requests", labels, registry=self.registry)
        self.seconds = Histogram(
            "watchpost_http_request_seconds", "Time to answer", ["route"], buckets=BUCKETS, registry=self.registry
        )
        self.registry.register(FleetCollector())
        self.registry.register(StreamCollector())

    def text(self) -> bytes:
        """Everything in the exposition format."""
        return generate_latest(self.registry)


class FleetCollector(Collector):
    """Devices and cameras by state, from the database."""

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        for name, what, counts in (
            ("watchpost_devices", "Devices by state", devices.counts()),
            ("watchpost_cameras", "Cameras by the state last reported", cameras.counts()),
        ):
            family = GaugeMetricFamily(name, what, labels=["state"])
            for state, count in counts:
                family.add_metric([state], count)
            yield family
        yield GaugeMetricFamily("watchpost_devices_online", "Devices connected now", devices.online_count())


class StreamCollector(Collector):
    """Streams that are published now, as the media server has them; as many labels as there are cameras on air."""

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        readers = GaugeMetricFamily("watchpost_stream_readers", "Who watches a published stream", labels=["camera"])
        rate = GaugeMetricFamily("watchpost_stream_bits_per_second", "What a stream brings in", labels=["camera"])
        for camera_id, count, kbit_per_s in stream_health.published():
            readers.add_metric([str(camera_id)], count)
            rate.add_metric([str(camera_id)], kbit_per_s * 1000)
        yield from (readers, rate)
