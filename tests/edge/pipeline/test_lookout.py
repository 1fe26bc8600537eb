from fake_sight import FACE, FakeSight
from moved_clock import MovedClock
from stub_picture import StubPicture

from edge.pipeline.lookout import Lookout, report_of
from edge.pipeline.meter import Meter
from edge.values import VisitEvent


class Post:
    def __init__(self, sight: FakeSight) -> None:
        self.clock = MovedClock()
        self.meter = Meter("7")
        self.events: list[VisitEvent] = []
        self.sight = sight
        self.opened = 0
        self.lookout = Lookout(self._open, 5, self.events.append, self.meter, self.clock)

    def _open(self) -> FakeSight:
        self.opened += 1
        return self.sight

    def look(self, time_s: float) -> None:
        picture = StubPicture(time_s, self.clock.wall(), 0)
        self.lookout.look(self.lookout.frame(picture))


def test_a_visit_is_emitted_when_it_opens_and_when_it_closes() -> None:
    post = Post(FakeSight(present=lambda time_s: 1 <= time_s < 3))
    for time_s in (0.0, 1.0, 2.0, 3.0):
        post.look(time_s)
    assert [event.closed_s for event in post.events] == [None, 3.0]
    assert post.events[0].visit_id == post.events[1].visit_id


def test_it_is_busy_while_somebody_is_there() -> None:
    post = Post(FakeSight(present=lambda time_s: 1 <= time_s < 3))
    busy = []
    for time_s in (0.0, 1.0, 2.0, 3.0):
        post.look(time_s)
        busy.append(post.lookout.busy)
    assert busy == [False, True, True, False]


def test_closing_closes_what_is_open_and_a_later_look_begins_afresh() -> None:
    post = Post(FakeSight(present=lambda _: True))
    post.look(1.0)
    post.lookout.close(1.5, 1e6)
    assert [event.closed_s for event in post.events] == [None, 1.5]
    assert post.lookout.forecast.at(1.5) == ()
    assert not post.lookout.busy
    post.look(2.0)
    assert post.opened == 2


def test_nothing_is_loaded_before_the_first_look() -> None:
    post = Post(FakeSight())
    post.lookout.close(1.0, 1e6)
    assert post.opened == 0


def test_the_time_from_glass_to_alert_is_measured() -> None:
    post = Post(FakeSight(present=lambda _: True))
    picture = StubPicture(1.0, post.clock.wall(), 0)
    post.clock.move(0.25)
    post.lookout.look(post.lookout.frame(picture))
    assert post.meter.take().glass_to_alert_ms_p50 == 250.0


def test_frames_are_numbered() -> None:
    post = Post(FakeSight())
    assert [post.lookout.frame(StubPicture(time_s, 0.0, 0)).index for time_s in (0.0, 0.2)] == [1, 2]


def test_a_report_carries_the_picture_of_the_best_shot() -> None:
    post = Post(FakeSight(present=lambda _: True))
    post.look(1.0)
    report = report_of("7", post.events[0])
    assert (report.camera, report.closed_at, report.score, report.box) == ("7", None, FACE.score, FACE.box)
    assert report.picture[:2] == b"\xff\xd8"
