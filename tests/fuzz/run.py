"""`make fuzz`: atheris (libFuzzer with coverage of our code) on every target, each for some seconds in its own process.

    python -m fuzz.run [--seconds N] [TARGET...]

A target that ends in anything but its own error fails; the input is kept in build/fuzz/<target>/.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

from fuzz.targets import TARGETS

CODE = """
import logging, sys, atheris
logging.disable(logging.CRITICAL)
with atheris.instrument_imports(include=["edge", "hub"], enable_loader_override=False):
    from fuzz.targets import TARGETS
atheris.Setup(["fuzz", *sys.argv[2:]], TARGETS[sys.argv[1]].run)
atheris.Fuzz()
"""
FOUND = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
COVERED = re.compile(r"cov: (\d+)")


def fuzz(name: str, seconds: int, folder: Path) -> tuple[int, int, str]:
    """Inputs tried, branches covered, and the trouble, empty if there was none."""
    corpus = folder / name / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(TARGETS[name].seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    options = [f"-max_total_time={seconds}", "-max_len=4096", "-print_final_stats=1", "-timeout=20"]
    options += ["-rss_limit_mb=1500", f"-artifact_prefix={folder / name}/", str(corpus)]
    done = subprocess.run([sys.executable, "-c", CODE, name, *options], capture_output=True, text=True, check=False)
    tried, covered = FOUND.findall(done.stderr), COVERED.findall(done.stderr)
    trouble = "" if done.returncode == 0 else done.stderr[-3000:]
    return int(tried[-1]) if tried else 0, int(covered[-1]) if covered else 0, trouble


def main() -> int:
    """A line for each target; 1 if one of them failed."""
    parser = argparse.ArgumentParser(prog="fuzz")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--folder", type=Path, default=Path("build/fuzz"))
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    given = parser.parse_args()
    failed = False
    for name in given.targets or TARGETS:
        tried, covered, trouble = fuzz(name, given.seconds, given.folder.resolve())
        print(f"{name:12} {tried:10} inputs  {covered:6} branches  {'FAILED' if trouble else 'no harm'}", flush=True)
        if trouble:
            print(trouble)
        failed |= bool(trouble)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
