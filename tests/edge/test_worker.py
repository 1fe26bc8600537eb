import threading

from hypothesis import given
from hypothesis import strategies as st

from edge.worker import Backoff, Mailbox, start


def test_the_newest_item_wins_and_drops_are_counted() -> None:
    mailbox: Mailbox[int] = Mailbox()
    for item in (1, 2, 3):
        mailbox.put(item)
    assert mailbox.take(0) == 3
    assert mailbox.take(0) is None
    assert mailbox.take_dropped() == 2
    assert mailbox.take_dropped() == 0


def test_a_patient_item_waits_for_the_slot() -> None:
    mailbox: Mailbox[int] = Mailbox()
    mailbox.put(1)
    putter = threading.Thread(target=mailbox.put_patiently, args=(2, 5.0))
    putter.start()
    assert mailbox.take(5.0) == 1
    putter.join(5.0)
    assert mailbox.take(5.0) == 2
    assert mailbox.take_dropped() == 0


def test_patience_ends() -> None:
    mailbox: Mailbox[int] = Mailbox()
    mailbox.put(1)
    mailbox.put_patiently(2, 0.0)
    assert mailbox.take(0) == 2
    assert mailbox.take_dropped() == 1


def test_closing_wakes_whoever_waits() -> None:
    mailbox: Mailbox[int] = Mailbox()
    taker = threading.Thread(target=mailbox.take, args=(60.0,))
    taker.start()
    mailbox.close()
    taker.join(5.0)
    assert not taker.is_alive()


@given(st.floats(0, 1))
def test_waits_double_to_a_limit_with_a_fifth_of_jitter(jitter: float) -> None:
    backoff = Backoff(0.5, 4.0, jitter=lambda: jitter)
    waits = [backoff.next_s() for _ in range(6)]
    for wait_s, plain_s in zip(waits, (0.5, 1, 2, 4, 4, 4), strict=True):
        assert 0.79 * plain_s <= wait_s <= 1.21 * plain_s
    backoff.reset()
    assert backoff.next_s() <= 0.61


def test_work_runs_in_a_thread_of_its_name() -> None:
    names: list[str] = []
    start("camera 7 read", lambda: names.append(threading.current_thread().name)).join(5.0)
    assert names == ["camera 7 read"]
