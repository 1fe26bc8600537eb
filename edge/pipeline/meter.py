"""What one camera's pipeline counts over a minute: frames, drops, inferences and the latencies of its parts."""

import threading
from collections import deque

from edge.wire.messages import CameraHealth

KEPT = 1000


class Meter:
    """Counters that any thread adds to; `take` gives the sums since the last call and starts over."""

    def __init__(self, camera_id: str) -> None:
        self._camera_id = camera_id
        self._lock = threading.Lock()
        self._clear()

    def _clear(self) -> None:
        self._frames = self._dropped = self._inferences = 0
        self._looking_s = 0.0
        self._lags_s: deque[float] = deque(maxlen=KEPT)
        self._alerts_s: deque[float] = deque(maxlen=KEPT)
        self._sent_s: deque[float] = deque(maxlen=KEPT)
        self._encoder = ""

    def arrived(self) -> None:
        """A frame came from the camera."""
        with self._lock:
            self._frames += 1

    def dropped(self, count: int) -> None:
        """Frames were displaced by newer ones before anybody saw them."""
        with self._lock:
            self._dropped += count

    def looked(self, inferences: int, took_s: float) -> None:
        """One look at a frame, in wall time."""
        with self._lock:
            self._inferences += inferences
            self._looking_s += took_s

    def lagged(self, lag_s: float) -> None:
        """A frame was looked at so long after it was captured."""
        with self._lock:
            self._lags_s.append(lag_s)

    def sent(self, lag_s: float, encoder: str) -> None:
        """A picture left for the viewers so long after it was captured, made by that encoder, or by none."""
        with self._lock:
            self._lags_s.append(lag_s)
            self._sent_s.append(lag_s)
            self._encoder = encoder

    def alerted(self, latency_s: float) -> None:
        """A visit was opened so long after its face was first in a frame."""
        with self._lock:
            self._alerts_s.append(latency_s)

    def take(self) -> CameraHealth:
        """The figures since the last call."""
        with self._lock:
            health = CameraHealth(
                id=self._camera_id,
                frames=self._frames,
                dropped=self._dropped,
                inferences=self._inferences,
                inference_ms=1000 * self._looking_s / self._inferences if self._inferences else None,
                lag_ms=quantile_ms(self._lags_s, 0.5),
                glass_to_alert_ms_p50=quantile_ms(self._alerts_s, 0.5),
                glass_to_alert_ms_p95=quantile_ms(self._alerts_s, 0.95),
                glass_to_video_ms_p50=quantile_ms(self._sent_s, 0.5),
                glass_to_video_ms_p95=quantile_ms(self._sent_s, 0.95),
                encoder=self._encoder,
            )
            self._clear()
            return health


def quantile_ms(seconds: "deque[float]", q: float) -> float | None:
    """The q-quantile (nearest rank) in milliseconds, None of nothing."""
    if not seconds:
        return None
    ranked = sorted(seconds)
    return 1000 * ranked[min(len(ranked) - 1, int(q * len(ranked)))]
