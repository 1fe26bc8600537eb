"""Which units are decoded: a scripted camera whose decoder keeps a diary."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from stub_picture import SHAPE, StubPicture

from edge.camera.base import Decoder, Effort, Picture, Unit, VideoFormat
from edge.camera.feed import Feed, Repeated

FPS, GOP = 25, 50


@dataclass
class StubDecoder:
    effort: Effort
    hold: int
    diary: list[int] = field(default_factory=list)
    waiting: list[Picture] = field(default_factory=list)

    def decode(self, unit: Unit) -> list[Picture]:
        assert isinstance(unit.payload, tuple)
        index, shade = unit.payload
        self.diary.append(index)
        self.waiting.append(StubPicture(unit.time_s, unit.captured_at, shade))
        ready, self.waiting = self.waiting[: -self.hold or None], self.waiting[-self.hold :] if self.hold else []
        return ready

    def rest(self) -> list[Picture]:
        waiting, self.waiting = self.waiting, []
        return waiting


@dataclass
class ScriptedCamera:
    codec: str = "h264"
    hold: int = 0
    decoders: list[StubDecoder] = field(default_factory=list)

    @property
    def format(self) -> VideoFormat:
        return VideoFormat(self.codec, SHAPE[1], SHAPE[0], float(FPS))

    def decoder(self, effort: Effort) -> Decoder:
        self.decoders.append(StubDecoder(effort, self.hold))
        return self.decoders[-1]

    def open(self) -> None: ...

    def units(self) -> Iterator[Unit]:
        return iter(())

    def interrupt(self) -> None: ...

    def close(self) -> None: ...


@dataclass
class Wish:
    watched: bool = False
    busy: bool = False
    every_s: float = 0.2

    def due(self, time_s: float) -> bool:
        return round(time_s * FPS) % round(self.every_s * FPS) == 0


class Script:
    def __init__(self, **camera: int | str) -> None:
        self.camera = ScriptedCamera(**camera)  # type: ignore[arg-type]
        self.wish = Wish()
        self.feed = Feed(self.camera, self.wish, face_px=20)
        self.index = 0
        self.gop = GOP

    def run(self, seconds: float, size: int = 60, shade: int = 0) -> list[Picture]:
        pictures: list[Picture] = []
        for _ in range(round(seconds * FPS)):
            pictures += self.feed.take(self.unit(size, shade))
        return pictures

    def unit(self, size: int, shade: int) -> Unit:
        index, self.index = self.index, self.index + 1
        key = index % self.gop == 0
        return Unit(index / FPS, 1e9 + index / FPS, key, 30_000 if key else size, (index, shade))

    @property
    def decoded(self) -> list[int]:
        return [index for decoder in self.camera.decoders for index in decoder.diary]


def test_a_sleeping_camera_decodes_almost_nothing() -> None:
    script = Script()
    script.run(20)
    assert script.feed.asleep
    before = len(script.decoded)
    script.run(20)
    assert len(script.decoded) - before <= 5


def test_on_waking_the_kept_units_are_decoded_in_order_and_the_last_half_second_is_seen() -> None:
    script = Script()
    script.run(21)
    before = len(script.decoded)
    start = script.index
    pictures = script.run(0.2, size=3000, shade=60)
    key = start - start % GOP
    assert script.decoded[before:] == list(range(key, script.index))
    assert [round(picture.time_s * FPS) for picture in pictures][-1] == script.index - 1
    assert pictures[0].time_s >= start / FPS - 0.5


def test_after_a_picture_that_was_shown_again_no_older_one_comes() -> None:
    script = Script()
    script.gop = 75
    script.run(20)
    while not (shown := [picture for picture in script.run(1 / FPS) if isinstance(picture, Repeated)]):
        assert script.index < 40 * FPS
    times = [picture.time_s for picture in [*shown, *script.run(0.4, size=3000, shade=60)]]
    assert times == sorted(times)


def test_a_peek_at_a_decoder_that_holds_pictures_back_begins_again_from_the_key() -> None:
    script = Script(hold=2)
    script.run(31)
    assert script.feed.asleep
    before = len(script.decoded)
    start = script.index
    script.run(0.2, size=3000, shade=60)
    assert script.decoded[before] == start - start % GOP


def test_much_that_is_kept_is_decoded_ahead_so_that_waking_stays_quick() -> None:
    script = Script()
    script.gop = 100_000
    script.run(90)
    assert script.feed.asleep
    before = len(script.decoded)
    script.run(120)
    ahead = len(script.decoded) - before
    assert ahead > 2000
    assert script.run(0.2, size=3000, shade=60)
    assert script.decoded == sorted(set(script.decoded))


def test_somebody_in_view_keeps_it_awake() -> None:
    script = Script()
    script.run(20)
    script.wish.busy = True
    before = len(script.decoded)
    script.run(2)
    assert len(script.decoded) - before >= 2 * FPS


def test_who_watches_gets_every_picture_from_an_exact_decoder_at_once() -> None:
    script = Script()
    script.run(3.2)
    script.wish.watched = True
    pictures = script.run(1)
    light, full = script.camera.decoders
    assert (light.effort, full.effort) == (Effort.LIGHT, Effort.FULL)
    assert len(pictures) == FPS
    assert full.diary[0] % GOP == 0
    script.wish.watched = False
    script.run(0.04)
    assert script.camera.decoders[-1].effort is Effort.LIGHT


def test_pictures_that_stand_alone_are_decoded_only_when_due() -> None:
    script = Script(codec="mjpeg")
    script.run(4)
    assert script.decoded == list(range(0, 100, 5))
    script.wish.watched = True
    assert len(script.run(1)) == FPS


def test_other_codecs_are_always_decoded() -> None:
    script = Script(codec="vp8")
    assert len(script.run(20)) == 20 * FPS


def test_in_sleep_the_last_picture_is_shown_again_for_a_while() -> None:
    script = Script()
    script.run(4)
    before = len(script.decoded)
    again = script.run(10)
    assert len(script.decoded) - before <= 2
    assert 2 <= len(again) <= 5
    assert again[-1].time_s > again[0].time_s
    script.run(60)
    assert len(script.run(10)) <= 3


def test_what_does_not_keep_up_drops_all_but_key_pictures_until_one_is_in_time() -> None:
    script = Script()
    script.run(1)
    pictures = [picture for _ in range(60) for picture in script.feed.take(script.unit(3000, 0), behind=True)]
    assert [round(picture.time_s * FPS) for picture in pictures] == [50]
    assert script.feed.take_dropped() == 59
    assert script.run(0.4) == []
    later = script.run(1)
    assert round(later[0].time_s * FPS) == 100
    assert script.decoded[-len(later) :] == list(range(100, 100 + len(later)))
    assert script.feed.take_dropped() == 15
