from moved_clock import MovedClock

from edge.pipeline.state import StateBoard
from edge.wire.messages import CameraState, StreamState


class Board:
    def __init__(self) -> None:
        self.clock = MovedClock()
        self.changes = 0
        self.board = StateBoard("7", self.clock, self._changed)

    def _changed(self) -> None:
        self.changes += 1


def test_only_differences_are_told() -> None:
    it = Board()
    it.board.camera(CameraState.ONLINE)
    it.board.camera(CameraState.ONLINE)
    it.board.video("h264", (640, 480), 25.0)
    it.board.video("h264", (640, 480), 25.01)
    assert it.changes == 2


def test_since_moves_with_the_state_alone() -> None:
    it = Board()
    it.board.camera(CameraState.OFFLINE, "no answer")
    since = it.board.reported().since
    it.clock.move(10)
    it.board.camera(CameraState.OFFLINE, "connection refused")
    assert it.board.reported().since == since
    it.board.camera(CameraState.ONLINE)
    assert (it.board.reported().since - since).total_seconds() == 10


def test_the_reason_is_the_cameras_else_the_streams() -> None:
    it = Board()
    it.board.stream(StreamState.FAILED, "the media server refused this device's credential")
    it.board.camera(CameraState.OFFLINE, "wrong password")
    assert it.board.reported().reason == "wrong password"
    it.board.camera(CameraState.ONLINE)
    assert "refused" in it.board.reported().reason
    it.board.stream(StreamState.LIVE, "")
    assert it.board.reported().reason == ""


def test_a_reason_never_exceeds_the_wire() -> None:
    it = Board()
    it.board.camera(CameraState.OFFLINE, "x" * 1000)
    assert len(it.board.reported().reason) == 500
