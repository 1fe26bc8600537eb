"""The documents keep their word: links resolve, commands and targets that they name exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted(p for p in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)")
TARGET = re.compile(r"^make ([a-z-]+)", re.MULTILINE)
COMMAND = re.compile(r"(watchpost-(?:edge|hub|provision)) ([a-z]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_resolve(page: Path) -> None:
    broken = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert broken == []


def test_targets_exist() -> None:
    named = {target for page in PAGES for target in TARGET.findall(page.read_text())}
    made = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert named - made == set()


def test_commands_exist() -> None:
    named = {pair for page in PAGES for pair in COMMAND.findall(page.read_text())}
    for program, command in sorted(named):
        run = [Path(sys.executable).with_name(program), command, "--help"]
        done = subprocess.run(run, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{program} {command}: {done.stderr}"


PROGRAMS = ("bench", "bench-sleep", "bench-cameras", "bench-media", "bench-dashboard", "schemathesis", "accuracy")


@pytest.mark.parametrize("target", PROGRAMS)
def test_targets_start(target: str) -> None:
    """As make runs them, with what they import: nobody runs a bench for weeks."""
    venv = Path(sys.prefix)
    run = ["make", "-s", "-o", venv / ".installed-dev", f"VENV={venv}", target, "ARGS=--help"]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("usage: ")
