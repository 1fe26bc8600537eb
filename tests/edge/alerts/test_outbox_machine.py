"""The outbox against a model of it, in any order of putting, answering, crashing and restarting."""

from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from moved_clock import MovedClock
from visit_reports import closing, opening

from edge.alerts.outbox import Outbox
from edge.wire.codec import decode
from edge.wire.messages import Committed, Visit


class OutboxMachine(RuleBasedStateMachine):
    """`expected`: for each visit the sequence of its latest message, if it is closed, and if it waits."""

    visits = Bundle("visits")

    @initialize()
    def start(self) -> None:
        self.folder = TemporaryDirectory()
        self.clock = MovedClock()
        self.expected: dict[UUID, tuple[int, bool, bool]] = {}
        self.sent: list[Committed] = []
        self.last = 0
        self.names = count(1)
        self.outbox = self.reopened()

    def reopened(self) -> Outbox:
        return Outbox(Path(self.folder.name) / "outbox.db", 10**9, self.clock)

    def put(self, report: object, closed: bool) -> None:
        sequence = self.outbox.put(report)  # type: ignore[arg-type]
        assert sequence > self.last
        self.last = sequence
        self.expected[report.visit_id] = (sequence, closed, True)  # type: ignore[attr-defined]
        self.sent.append(Committed(report.visit_id, sequence))  # type: ignore[attr-defined]

    @rule(target=visits)
    def open(self) -> UUID:
        report = opening(UUID(int=next(self.names)))
        self.put(report, False)
        return report.visit_id

    @rule(visit=consumes(visits))
    def close(self, visit: UUID) -> None:
        self.put(closing(visit), True)

    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        if not self.sent:
            return
        acked = data.draw(st.lists(st.sampled_from(self.sent), max_size=5))
        assert self.outbox.delete(acked)
        for item in acked:
            sequence, closed, _ = self.expected.get(item.visit_id, (0, False, False))
            if sequence == item.sequence:
                self.expected[item.visit_id] = (sequence, closed, False)

    @rule()
    def recall(self) -> None:
        spare = sum(not waits for _, _, waits in self.expected.values())
        assert self.outbox.offer_again(uuid4()) == spare
        self.expected = {visit: (sequence, closed, True) for visit, (sequence, closed, _) in self.expected.items()}

    @rule()
    def crash(self) -> None:
        self.outbox = self.reopened()

    @rule()
    def restart(self) -> None:
        self.outbox.close()
        self.outbox = self.reopened()

    @invariant()
    def exactly_the_unanswered_wait(self) -> None:
        sequences = self.outbox.openings(1000) + self.outbox.closings(0, 1000)
        payloads = [self.outbox.payload(sequence) for sequence in sequences]
        found = [decode(Visit, payload) for payload in payloads if payload is not None]
        assert {v.visit_id: (v.sequence, v.closed_at is not None, True) for v in found} == {
            visit: state for visit, state in self.expected.items() if state[2]
        }
        assert len(found) == len(sequences) == self.outbox.figures().length

    def teardown(self) -> None:
        self.outbox.close()
        self.folder.cleanup()


OutboxMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestOutboxMachine = OutboxMachine.TestCase
