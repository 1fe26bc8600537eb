"""What N cameras cost one device: CPU, memory, and each camera's own rate, lag and drops, for N of 1, 4 and 16.

    python tests/bench/cameras.py CLIP [--cameras 1 4 16] [--seconds 60] [--watched]

Each N runs in a process of its own, the clip looping in real time in every camera, each begun a little later than the
one before. Prints one JSON line per N; `starved` is the worst camera's looks against the median's. `--watched`
publishes all of them burnt, to an RTSP server that must listen at `--publish`; `to_video` is a picture's age when sent.
"""

import argparse
import json
import multiprocessing
import resource
import time
from pathlib import Path
from statistics import median

from edge.agent import model_sets
from edge.clock import SystemClock
from edge.device.health import memory_mb
from edge.pipeline.pipeline import CameraPipeline
from edge.seeing.sight import Sight
from edge.stream.outflow import Outlet
from edge.wire.messages import CameraDesired, CameraHealth

WARM_UP_S = 10.0
STAGGER_S = 0.7


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("clip", type=Path)
    parser.add_argument("--cameras", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--watched", action="store_true", help="publish too, to a server that must listen at --publish")
    parser.add_argument("--publish", default="rtsp://127.0.0.1:8554")
    arguments = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    before_mb, before = None, 0
    for count in arguments.cameras:
        ours, theirs = context.Pipe()
        child = context.Process(target=run, args=(theirs, arguments, count))
        child.start()
        result = ours.recv()
        child.join()
        if before_mb is not None:
            result["mb_per_extra_camera"] = round((result["memory_mb"] - before_mb) / (count - before), 1)
        before_mb, before = result["memory_mb"], count
        print(json.dumps(result), flush=True)


def run(answer, arguments: argparse.Namespace, count: int) -> None:  # noqa: ANN001
    models, clock = model_sets(None), SystemClock()
    pipelines = []
    for number in range(count):
        camera = CameraDesired(str(number), f"camera {number}", f"file://{arguments.clip}", wanted=arguments.watched)
        detectors = next(models)
        pipelines.append(
            CameraPipeline(
                camera,
                lambda report: None,
                Outlet(lambda number=number: f"{arguments.publish}/{number}"),
                lambda detectors=detectors, camera=camera: Sight(detectors, camera.settings),
                clock,
                lambda: None,
            )
        )
    for pipeline in pipelines:
        pipeline.start()
        time.sleep(STAGGER_S)
    time.sleep(WARM_UP_S)
    for pipeline in pipelines:
        pipeline.health()
    began_s, cpu_s = time.monotonic(), used_s()
    time.sleep(arguments.seconds)
    healths = [pipeline.health() for pipeline in pipelines]
    seconds, cpu = time.monotonic() - began_s, used_s() - cpu_s
    answer.send(summary(count, seconds, cpu, healths))
    stopping_s = time.monotonic()
    for pipeline in pipelines:
        pipeline.stop()
    print(json.dumps({"stopped_in_s": round(time.monotonic() - stopping_s, 2)}), flush=True)


def summary(count: int, seconds: float, cpu_s: float, healths: list[CameraHealth]) -> dict[str, object]:
    lags = [health.lag_ms for health in healths if health.lag_ms is not None]
    looks = [health.inferences for health in healths]
    return {
        "cameras": count,
        "seconds": round(seconds, 1),
        "cpu_percent_of_a_core": round(100 * cpu_s / seconds, 1),
        "cpu_percent_per_camera": round(100 * cpu_s / seconds / count, 2),
        "memory_mb": memory_mb(),
        "frames_per_s_each": [round(health.frames / seconds, 1) for health in healths],
        "dropped": sum(health.dropped for health in healths),
        "lag_ms_median": round(median(lags), 1) if lags else None,
        "lag_ms_worst": round(max(lags), 1) if lags else None,
        "to_video_ms_p50": round(median(medians), 1) if (medians := late("p50", healths)) else None,
        "to_video_ms_p95_worst": round(max(tails), 1) if (tails := late("p95", healths)) else None,
        "starved": round(min(looks) / median(looks), 2) if looks and median(looks) else None,
    }


def late(share: str, healths: list[CameraHealth]) -> list[float]:
    """From the glass to the media server's socket, of each camera that is watched."""
    figures = (getattr(health, f"glass_to_video_ms_{share}") for health in healths)
    return [figure for figure in figures if figure is not None]


def used_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
