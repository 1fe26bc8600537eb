"""The outbox loses nothing that it was given and keeps nothing that the hub has: by example and by crash."""

import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path
from uuid import UUID

from kept_visits import QUOTA, waiting
from moved_clock import MovedClock
from visit_reports import JPEG, closing, opening

from edge.alerts.outbox import Outbox
from edge.wire.messages import Committed


def test_what_was_put_waits_also_after_a_restart(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, QUOTA, clock)
    report = opening()
    sequence = outbox.put(report)
    again = Outbox(path, QUOTA, clock)  # the first one is not closed: a crash
    (visit,) = waiting(again)
    assert (visit.visit_id, visit.sequence, visit.picture) == (report.visit_id, sequence, JPEG)
    assert visit.box == (10, 20, 30, 40)


def test_sequences_only_grow_across_restarts_and_deletions(path: Path, clock: MovedClock) -> None:
    given: list[int] = []
    for _ in range(3):
        outbox = Outbox(path, QUOTA, clock)
        for _ in range(3):
            report = closing()
            given.append(outbox.put(report))
            outbox.delete([Committed(report.visit_id, given[-1])])
        outbox.close()
    assert given == list(range(1, 10))


def test_a_closing_takes_the_place_of_an_unsent_opening(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, QUOTA, clock)
    report = opening()
    outbox.put(report)
    sequence = outbox.put(closing(report.visit_id))
    (visit,) = waiting(outbox)
    assert visit.sequence == sequence
    assert visit.closed_at is not None


def test_an_answered_opening_waits_no_more_and_its_closing_does(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, QUOTA, clock)
    report = opening()
    first = outbox.put(report)
    outbox.delete([Committed(report.visit_id, first)])
    assert waiting(outbox) == []
    assert outbox.figures().length == 0
    second = outbox.put(closing(report.visit_id))
    outbox.delete([Committed(report.visit_id, first)])  # the hub repeats itself
    assert [visit.sequence for visit in waiting(outbox)] == [second]
    outbox.delete([Committed(report.visit_id, second)])
    assert waiting(outbox) == []


def test_a_late_ack_of_the_opening_never_deletes_the_closing(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, QUOTA, clock)
    report = opening()
    first = outbox.put(report)
    second = outbox.put(closing(report.visit_id))
    outbox.delete([Committed(report.visit_id, first), Committed(closing().visit_id, second)])
    assert [visit.sequence for visit in waiting(outbox)] == [second]


def test_openings_are_listed_apart_and_closings_after_a_cursor(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, QUOTA, clock)
    sequences = [outbox.put(closing()) for _ in range(5)]
    fresh = outbox.put(opening())
    assert outbox.openings(10) == [fresh]
    assert outbox.closings(0, 3) == sequences[:3]
    assert outbox.closings(sequences[2], 3) == sequences[3:]


def test_visits_of_a_dead_process_are_closed_when_it_was_last_alive(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, QUOTA, clock)
    answered, unanswered = opening(at=clock.wall()), opening(at=clock.wall())
    outbox.delete([Committed(answered.visit_id, outbox.put(answered))])
    outbox.put(unanswered)
    clock.move(60)
    outbox.note_alive()
    clock.move(3600)
    again = Outbox(path, QUOTA, clock)
    assert again.close_abandoned() == 2
    closed = waiting(again)
    assert {visit.visit_id for visit in closed} == {answered.visit_id, unanswered.visit_id}
    assert {visit.closed_at.timestamp() for visit in closed if visit.closed_at} == {answered.opened_at + 60}
    assert again.close_abandoned() == 0


def test_kill_9_loses_nothing_and_doubles_nothing(path: Path, clock: MovedClock) -> None:
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        from visit_reports import closing, opening
        from edge.clock import SystemClock
        from edge.alerts.outbox import Outbox
        outbox = Outbox(Path(sys.argv[1]), 10**9, SystemClock())
        while True:
            report = opening()
            outbox.put(report)
            outbox.put(closing(report.visit_id))
            print(report.visit_id, flush=True)
    """)
    script = f"import sys; sys.path.insert(0, {str(Path(__file__).parents[1])!r})\n{script}"
    command = [sys.executable, "-c", script, str(path)]
    promised: list[UUID] = []
    for _ in range(3):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            promised += [UUID(process.stdout.readline().strip()) for _ in range(20)]
            process.send_signal(signal.SIGKILL)
            promised += [UUID(line.strip()) for line in process.stdout if line.endswith("\n")]
    kept = [visit.visit_id for visit in waiting(Outbox(path, 10**9, clock))]
    assert len(kept) == len(set(kept))
    assert set(promised) <= set(kept)
    assert len(kept) <= len(promised) + 3


def test_the_file_is_for_its_owner_only(path: Path, clock: MovedClock) -> None:
    Outbox(path, QUOTA, clock).put(closing())
    assert {p.stat().st_mode & 0o077 for p in path.parent.iterdir()} == {0}


def test_a_reader_beside_it_sees_the_rows(path: Path, clock: MovedClock) -> None:
    Outbox(path, QUOTA, clock).put(closing())
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        assert connection.execute("SELECT count(*) FROM visit").fetchone() == (1,)
