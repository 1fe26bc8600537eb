"""The edge's cost beside the usual pipeline's, on clips with known faces: idle, mixed, busy; 720p and 1080p.

    python tests/bench/cost.py [--dir build/bench] [--frames 1000] [--height 720,1080] [--kind idle,mixed,busy]
        [--plot docs/results/edge/cost-over-time.svg]

Makes the clips (tests/bench/clips.py) unless they are there, runs `watchpost-edge bench` on each and prints a table.
Draws what each second of the first mixed clip costs. A kind and height at a time takes a minute or two.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
BENCH = Path(sys.executable).with_name("watchpost-edge")
COLUMNS = (
    "clip", "usual, ms a frame", "unwatched", "watched", "laid over", "only decode / inference / remux, ms",
    "recall: unwatched, watched, usual", "false boxes a frame",
)  # fmt: skip


def row(name: str, records: list[dict]) -> str:
    cost = {record["what"]: record["ms_per_frame"] for record in records if record["event"] == "run"}
    summary = records[-1]
    ratios = [f"{summary[f'ratio_{way}']:.1f}x ({cost[way]:.2f} ms)" for way in ("unwatched", "watched", "overlay")]
    floors = " / ".join(f"{cost[f'{part} only']:.2f}" for part in ("decode", "inference", "remux"))
    ways = ("unwatched", "watched", "usual")
    recall = ", ".join("-" if (share := summary[f"recall_{way}"]) is None else f"{share:.3f}" for way in ways)
    false = ", ".join(f"{summary[f'false_per_frame_{way}']:.4f}" for way in ways)
    return f"| {name} | {cost['usual']:.1f} | {' | '.join(ratios)} | {floors} | {recall} | {false} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dir", type=Path, default=HERE.parents[1] / "build" / "bench")
    parser.add_argument("--plot", type=Path, default=HERE.parents[1] / "docs/results/edge/cost-over-time.svg")
    parser.add_argument("--frames", type=int, default=1000)
    parser.add_argument("--height", default="720,1080")
    parser.add_argument("--kind", default="idle,mixed,busy")
    options = parser.parse_args()
    made = ["--frames", str(options.frames), "--height", options.height, "--kind", options.kind]
    subprocess.run([sys.executable, HERE / "clips.py", options.dir, *made], check=True)
    print(f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|", sep="\n", flush=True)
    for height in options.height.split(","):
        for kind in options.kind.split(","):
            clip = options.dir / f"{kind}-{height}.mp4"
            command = [BENCH, "bench", "--json", "--truth", clip.with_suffix(".json"), clip]
            lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
            records = [json.loads(line) for line in lines]
            clip.with_suffix(".bench.json").write_text(json.dumps(records, indent=1))
            print(row(clip.stem, records), flush=True)
    mixed = options.dir / f"mixed-{options.height.split(',')[0]}.mp4"
    if "mixed" in options.kind:
        subprocess.run([sys.executable, "-P", HERE / "cost_over_time.py", mixed, options.plot], check=True)


if __name__ == "__main__":
    main()
