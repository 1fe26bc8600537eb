"""The reckoning finds every kind of broken promise, and the short form of it all holds its promises."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
from chaos import given_up
from chaos.feed import Told
from chaos.given_up import GivenUp, What
from chaos.ledger import Kept, Reckoning, reckon
from chaos.pictures import picture
from chaos.truth import promises

from edge.alerts.outbox import Outbox
from edge.alerts.outbox_view import view
from edge.clock import SystemClock
from edge.values import Box, VisitReport

ROOT = Path(__file__).parents[2]
OPENED = '{"id": "a", "camera": "7", "opened_at": 10.5, "closed_at": null, "sha256": "one"}'
CLOSED = '{"id": "a", "camera": "7", "opened_at": 10.5, "closed_at": 12.0, "sha256": "two"}'
KEPT_OPEN, KEPT_CLOSED = '{"kept": "a", "closed": false}', '{"kept": "a", "closed": true}'
WHOLE = (OPENED, KEPT_OPEN, CLOSED, KEPT_CLOSED)
ROW = Kept("a", "door", "7", 10.5, 12.0, "two")


def reckoned(
    lines: tuple[str, ...], *rows: Kept, told: Told | None = None, given_up: GivenUp | None = None
) -> Reckoning:
    heard = Told()
    heard.closed.update(row.visit_id for row in rows)
    return reckon(
        promises("door", lines), rows, told or heard, restored=False, given_up={"door": given_up or GivenUp()}
    )


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


@pytest.mark.parametrize(
    ("what", "rows"),
    [
        (What.VISIT, ()),
        (What.VISIT, (replace(ROW, closed_at=None, picture_sha256="one"),)),
        (What.PICTURE, (replace(ROW, picture_sha256=None),)),
        (What.HALF, (replace(ROW, picture_sha256="half"),)),
    ],
)
def test_what_a_device_counted_and_named_as_given_up_stands_apart(what: What, rows: tuple[Kept, ...]) -> None:
    heard = Told()
    heard.closed["a"] = 1
    result = reckoned(WHOLE, *rows, told=heard, given_up=GivenUp({what: 1}, {"a": {what}}))
    assert result.sound
    assert result.given_up == [f"{what} a of door"]


@pytest.mark.parametrize(
    "given_up",
    [
        GivenUp({What.VISIT: 0}, {"a": {What.VISIT}}),
        GivenUp({What.VISIT: 1}, {"b": {What.VISIT}}),
        GivenUp({What.VISIT: 1}, {"a": {What.PICTURE}}),
    ],
)
def test_what_is_counted_but_not_named_or_named_but_not_counted_is_lost(given_up: GivenUp) -> None:
    result = reckoned(WHOLE, given_up=given_up)
    assert result.lost
    assert not result.given_up


def test_a_count_excuses_no_more_than_it_says() -> None:
    other = tuple(line.replace('"a"', '"b"') for line in WHOLE)
    result = reckoned(WHOLE + other, given_up=GivenUp({What.VISIT: 1}, {"a": {What.VISIT}, "b": {What.VISIT}}))
    assert (len(result.given_up), len(result.lost)) == (1, 1)


def test_an_outbox_names_what_it_gives_up(tmp_path: Path) -> None:
    """One without room for all: each visit and picture that it counts as dropped has a name."""
    path, random = tmp_path / "outbox.db", Random(1)
    outbox = Outbox(path, 40_000, SystemClock())
    given_up.name_what_is_given_up(path)
    ids = [uuid4() for _ in range(300)]
    for visit_id in ids:
        for closed_at in (None, 12.0):
            outbox.put(VisitReport(visit_id, "7", 10.5, closed_at, 1, 0.9, Box(8, 8, 24, 32), picture(random)))
    there = {str(visit.visit_id): visit for visit in view(path).waiting}
    found = given_up.read(path)
    names = {what: {visit_id for visit_id, some in found.named.items() if what in some} for what in What}
    assert names[What.VISIT] == {str(visit_id) for visit_id in ids} - there.keys()
    assert len(names[What.VISIT]) == found.counted[What.VISIT] > 0
    assert {visit_id for visit_id, visit in there.items() if not visit.picture_bytes} <= names[What.PICTURE]
    assert len(names[What.PICTURE]) == found.counted[What.PICTURE] > 0


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
