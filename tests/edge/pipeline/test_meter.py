from edge.pipeline.meter import Meter


def test_nothing_measured_is_none() -> None:
    health = Meter("7").take()
    assert (health.id, health.frames, health.inference_ms, health.lag_ms) == ("7", 0, None, None)


def test_figures_are_of_the_time_since_the_last_call() -> None:
    meter = Meter("7")
    for _ in range(3):
        meter.arrived()
    meter.dropped(2)
    meter.looked(4, 0.02)
    meter.looked(0, 0.02)
    meter.lagged(0.05)
    health = meter.take()
    assert (health.frames, health.dropped, health.inferences, health.inference_ms) == (3, 2, 4, 10.0)
    assert health.lag_ms == 50.0
    assert meter.take().frames == 0


def test_quantiles() -> None:
    meter = Meter("7")
    for latency in range(1, 101):
        meter.alerted(latency / 1000)
    health = meter.take()
    assert health.glass_to_alert_ms_p50 == 51.0
    assert health.glass_to_alert_ms_p95 == 96.0
