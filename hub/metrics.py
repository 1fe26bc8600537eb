"""Prometheus metrics of one web process: requests and sockets as they happen, the rest asked of the database."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from hub.system_metrics import SystemCollector

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """The registry of one app; labels are routes and states, so their number is bounded."""

    def __init__(self, sockets: Callable[[], int]) -> None:
        self.registry = CollectorRegistry()
        labels = ["method", "route", "status"]
        self.requests = Counter("watchpost_http_requests", "HTTP requests", labels, registry=self.registry)
        self.seconds = Histogram(
            "watchpost_http_request_seconds", "Time to answer", ["route"], buckets=BUCKETS, registry=self.registry
        )
        live = Gauge("watchpost_live_sockets", "Dashboards that listen to this web process", registry=self.registry)
        live.set_function(sockets)
        self.registry.register(SystemCollector())

    def text(self) -> bytes:
        """Everything in the exposition format."""
        return generate_latest(self.registry)
