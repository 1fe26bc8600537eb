"""The reckoning finds every kind of broken promise, and the short form of it all holds its promises."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from chaos.feed import Told
from chaos.ledger import Kept, Reckoning, reckon
from chaos.truth import promises

ROOT = Path(__file__).parents[2]
OPENED = '{"id": "a", "camera": "7", "opened_at": 10.5, "closed_at": null, "sha256": "one"}'
CLOSED = '{"id": "a", "camera": "7", "opened_at": 10.5, "closed_at": 12.0, "sha256": "two"}'
KEPT_OPEN, KEPT_CLOSED = '{"kept": "a", "closed": false}', '{"kept": "a", "closed": true}'
WHOLE = (OPENED, KEPT_OPEN, CLOSED, KEPT_CLOSED)
ROW = Kept("a", "door", "7", 10.5, 12.0, "two")


def reckoned(lines: tuple[str, ...], *rows: Kept, told: Told | None = None) -> Reckoning:
    heard = Told()
    heard.closed.update(row.visit_id for row in rows)
    return reckon(promises("door", lines), rows, told or heard, restored=False)


def test_a_visit_that_is_there_once_and_whole_is_sound() -> None:
    result = reckoned(WHOLE, ROW)
    assert result.sound
    assert (result.visits, result.intended) == (1, 1)


@pytest.mark.parametrize(
    ("account", "rows"),
    [
        ("lost", ()),
        ("doubled", (ROW, replace(ROW, opened_at=10.5001))),
        ("damaged", (replace(ROW, picture_sha256="one"),)),
        ("damaged", (replace(ROW, picture_sha256=None),)),
        ("wrong", (replace(ROW, camera="8"),)),
        ("wrong", (replace(ROW, device="gate"),)),
        ("wrong", (replace(ROW, opened_at=11.0),)),
        ("wrong", (replace(ROW, closed_at=13.0),)),
        ("wrong", (replace(ROW, closed_at=None),)),
        ("invented", (ROW, replace(ROW, visit_id="b"))),
    ],
)
def test_every_broken_promise_is_found(account: str, rows: tuple[Kept, ...]) -> None:
    result = reckoned(WHOLE, *rows)
    assert len(getattr(result, account)) == 1
    assert not result.sound


def test_what_a_dashboard_did_not_hear_or_heard_twice_is_found() -> None:
    assert reckoned(WHOLE, ROW, told=Told()).untold == ["a"]
    twice = Told()
    twice.closed["a"] = 2
    assert reckoned(WHOLE, ROW, told=twice).told_twice == ["closing of a"]


def test_what_was_only_meant_may_be_there_or_not() -> None:
    assert reckoned((OPENED,)).sound
    assert reckoned((OPENED,), replace(ROW, picture_sha256="one")).sound
    died_while_closing = (OPENED, KEPT_OPEN, CLOSED)
    for sha256 in ("one", "two"):
        assert reckoned(died_while_closing, replace(ROW, picture_sha256=sha256)).sound
    assert reckoned(died_while_closing, replace(ROW, picture_sha256="three")).damaged


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_short_form_holds_its_promises(tmp_path: Path) -> None:
    """One fault of each kind on a whole system (`make chaos` is the same with more of everything)."""
    if os.geteuid() != 0 or not Path("/dev/net/tun").exists() or not Path("/dev/loop-control").exists():
        pytest.skip("needs root, TUN and loop devices")
    if shutil.which("mosquitto") is None and not Path("/usr/sbin/mosquitto").exists():
        pytest.skip("needs mosquitto")
    environ = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    command = [sys.executable, "-m", "chaos.run", "--form", "short", "--seed", "7", "--out", str(tmp_path)]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr[-2000:]}"
