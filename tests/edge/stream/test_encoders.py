"""Which encoder a board uses: boards are folders here, encoders fakes, with libx264 in the place of a good one."""

from pathlib import Path

import pytest

from edge.errors import PublishError
from edge.stream import encoders
from edge.stream.encoder import AccessUnit, Encoder, Kind
from edge.stream.encoders import Choice, board_encoder, chosen, trial


def board(root: Path, *names: str) -> Path:
    """The kernel's view of a board's video devices."""
    for number, name in enumerate(names):
        device = root / encoders.DEVICES / f"video{number}"
        device.mkdir(parents=True)
        (device / "name").write_text(f"{name}\n")
    return root


PI = ("bcm2835-codec-decode", "bcm2835-codec-encode", "bcm2835-isp-output0")


def test_a_board_without_one_uses_software_and_that_is_no_news(tmp_path: Path) -> None:
    assert chosen(tmp_path, works=lambda _: pytest.fail("nothing to try")) == Choice(Kind.SOFTWARE, "")
    assert chosen(board(tmp_path, "USB 2.0 Camera: USB Camera")) == Choice(Kind.SOFTWARE, "")


def test_a_board_whose_encoder_works_uses_it(tmp_path: Path) -> None:
    assert chosen(board(tmp_path, *PI), works=lambda _: "") == Choice(Kind.HARDWARE, "")


def test_one_that_does_not_work_is_told(tmp_path: Path) -> None:
    choice = chosen(board(tmp_path, *PI), works=lambda _: "it does not open")
    assert choice.kind is Kind.SOFTWARE
    assert choice.note == "libx264 encodes, not this board's bcm2835-codec-encode: it does not open"


def test_the_real_trial_fails_where_there_is_no_such_device(tmp_path: Path) -> None:
    """No machine that runs this test has the device: FFmpeg itself says so."""
    choice = chosen(board(tmp_path, *PI))
    assert choice.kind is Kind.SOFTWARE
    assert "h264_v4l2m2m" in choice.note


def test_the_name_is_found_among_other_devices(tmp_path: Path) -> None:
    assert board_encoder(board(tmp_path, *PI)) == "bcm2835-codec-encode"


def test_a_good_encoder_passes_its_trial() -> None:
    assert trial(Kind.SOFTWARE) == ""


class Fake(Encoder):
    """libx264 in the place of hardware, spoilt in one way."""

    spoil = staticmethod(lambda units: units)

    def __init__(self, shape: object, effort: object, kind: Kind) -> None:
        super().__init__(shape, effort, Kind.SOFTWARE)  # type: ignore[arg-type]

    def encode(self, time_s: float, captured_at: float, key: bool) -> list[AccessUnit]:
        return self.spoil(super().encode(time_s, captured_at, key))


def broken(_units: list[AccessUnit]) -> list[AccessUnit]:
    raise PublishError("the encoder failed (Input/output error)")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda units: units, ""),
        (lambda _units: [], "it does not begin with a key picture"),
        (
            lambda units: [AccessUnit(b"\0\0\1\x65junk", u.key, u.time_s, 0.0) for u in units],
            "what it makes does not decode",
        ),
        (broken, "the encoder failed (Input/output error)"),
    ],
)
def test_what_a_trial_finds_out(monkeypatch: pytest.MonkeyPatch, spoil: object, reason: str) -> None:
    monkeypatch.setattr(Fake, "spoil", staticmethod(spoil))  # type: ignore[arg-type]
    monkeypatch.setattr(encoders, "Encoder", Fake)
    assert trial(Kind.HARDWARE).startswith(reason)
