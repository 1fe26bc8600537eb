"""Enrolling on a disk that is full, a real one of a few pages: one line, all as it was, and no token is lost."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_enrolment_hub import FakeEnrolmentHub
from throwaway_ca import ThrowawayCa

PAGES_OF_A_REQUEST = 2
ALONE = ("unshare", "--map-root-user", "--mount")
pytestmark = pytest.mark.skipif(
    subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode != 0,
    reason="this system lets nobody mount a small disk of their own",
)
# A disk of so many pages on STATE; one try, what is there then, room for all, another try.
SCRIPT = """
mount -t tmpfs -o size=$(($PAGES * 4096)) none "$STATE"
"$@" --token good; echo "ended with $?"
find "$STATE" -mindepth 1 -printf 'left %P\\n'
mount -o remount,size=1m "$STATE"
"$@" --token good; echo "ended with $?"
"""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[FakeEnrolmentHub]:
    hub = FakeEnrolmentHub(ThrowawayCa(tmp_path / "ca"))
    yield hub
    hub.stop()


def enrol_twice(hub: FakeEnrolmentHub, state: Path, pages: int) -> tuple[str, str]:
    """What is said, and what is written to stderr, where the first try has a disk of so many pages."""
    state.mkdir()
    words = [
        sys.executable,
        "-c",
        "from edge.cli import main; main()",
        "enroll",
        "--hub",
        hub.url,
        "--state-dir",
        str(state),
        "--name",
        "door",
    ]
    done = subprocess.run(
        [*ALONE, "env", f"STATE={state}", f"PAGES={pages}", "sh", "-c", SCRIPT, "sh", *words],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout, done.stderr


def test_without_room_for_the_request_nothing_is_asked(hub: FakeEnrolmentHub, tmp_path: Path) -> None:
    said, wrong = enrol_twice(hub, tmp_path / "state", 1)
    assert wrong == f"Error: cannot write {tmp_path}/state/enrolment: No space left on device\n"
    assert said.startswith("ended with 1\nenrolled as front-door;")
    assert said.endswith("ended with 0\n")
    assert len(hub.asked) == 1


@pytest.mark.parametrize("pages", [PAGES_OF_A_REQUEST, PAGES_OF_A_REQUEST + 3])
def test_without_room_for_the_answer_it_can_be_asked_for_again(
    hub: FakeEnrolmentHub, tmp_path: Path, pages: int
) -> None:
    said, wrong = enrol_twice(hub, tmp_path / "state", pages)
    assert wrong == f"Error: cannot write {tmp_path}/state: No space left on device; ask again\n"
    first, _, second = said.partition("enrolled as front-door;")
    assert sorted(first.splitlines()) == [
        "ended with 1",
        "left enrolment",
        "left enrolment/key.pem",
        "left enrolment/request.pem",
    ]
    assert second.endswith("ended with 0\n")
    assert hub.tokens == set()
    assert len({asked["csr_pem"] for asked in hub.asked}) == 1
