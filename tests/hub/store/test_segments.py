"""Pictures in segment files: written once, found again, checked, whatever a crash left behind."""

import os
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.store.errors import PictureError
from hub.store.segments import Place, SegmentWriter, claimed, read_picture, segment_numbers, segment_path


def digest(picture: bytes) -> bytes:
    return sha256(picture).digest()


@given(
    batches=st.lists(st.lists(st.binary(min_size=1, max_size=300), max_size=20), max_size=10), limit=st.integers(1, 999)
)
@settings(max_examples=40, deadline=None)
def test_every_picture_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[bytes]], limit: int
) -> None:
    directory = tmp_path_factory.mktemp("pictures")
    writer = SegmentWriter(directory, limit)
    written = [
        (place, picture) for batch in batches for place, picture in zip(writer.append(batch), batch, strict=True)
    ]
    writer.close()
    for place, picture in written:
        assert read_picture(directory, place, digest(picture)) == picture
    assert sum(segment_path(directory, n).stat().st_size for n in segment_numbers(directory)) == sum(
        len(picture) for _, picture in written
    )


def test_a_torn_tail_is_left_behind(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path)
    (first,) = writer.append([b"first"])
    writer.close()
    with segment_path(tmp_path, 1).open("ab") as file:
        file.write(b"half a pict")
    again = SegmentWriter(tmp_path)
    (second,) = again.append([b"second"])
    assert second == Place(1, 16, 6)
    assert read_picture(tmp_path, first, digest(b"first")) == b"first"
    assert read_picture(tmp_path, second, digest(b"second")) == b"second"


def test_a_new_day_begins_a_new_segment(tmp_path: Path) -> None:
    now = [1_800_000_000.0]
    writer = SegmentWriter(tmp_path, clock=lambda: now[0])
    segments = []
    for _ in range(3):
        segments.append(writer.append([b"x"])[0].segment)
        now[0] += 86400
    assert segments == [1, 2, 3]
    writer.close()
    assert SegmentWriter(tmp_path, clock=lambda: now[0]).append([b"x"])[0].segment == 4


@given(
    written=st.lists(st.binary(min_size=1, max_size=60), min_size=1, max_size=8),
    at=st.integers(0, 500),
    noise=st.binary(max_size=40),
    cut=st.integers(0, 500),
)
@settings(max_examples=150, deadline=None)
def test_whatever_happens_to_the_bytes_a_picture_comes_back_whole_or_not_at_all(
    tmp_path_factory: pytest.TempPathFactory, written: list[bytes], at: int, noise: bytes, cut: int
) -> None:
    directory = tmp_path_factory.mktemp("damaged")
    writer = SegmentWriter(directory)
    places = writer.append(written)
    writer.close()
    path = segment_path(directory, 1)
    whole = path.read_bytes()
    path.write_bytes((whole[:at] + noise + whole[at + len(noise) :])[: len(whole) - min(cut, len(whole))])
    for place, picture in zip(places, written, strict=True):
        try:
            assert read_picture(directory, place, digest(picture)) == picture
        except PictureError:
            assert path.read_bytes()[place.offset : place.offset + place.length] != picture


@given(st.integers(0, 2**31 - 1), st.integers(0, 2**63 - 1), st.integers(0, 2**20), st.binary(min_size=32, max_size=32))
@settings(max_examples=60, deadline=None)
def test_no_place_that_a_row_could_name_makes_reading_fail_otherwise(
    tmp_path_factory: pytest.TempPathFactory, segment: int, offset: int, length: int, wanted: bytes
) -> None:
    directory = tmp_path_factory.mktemp("anywhere")
    SegmentWriter(directory).append([b"picture"])
    with pytest.raises(PictureError):
        read_picture(directory, Place(segment % 3, offset, length), wanted)


def test_two_writers_never_share_a_segment(tmp_path: Path) -> None:
    one, two = SegmentWriter(tmp_path), SegmentWriter(tmp_path)
    places = [writer.append([b"x"])[0].segment for writer in (one, two, one, two)]
    assert places == [1, 2, 1, 2]
    one.close()
    with claimed(tmp_path, 1) as ours:
        assert ours
    with claimed(tmp_path, 2) as ours:
        assert not ours


def test_damage_and_loss_are_told(tmp_path: Path) -> None:
    (place,) = SegmentWriter(tmp_path).append([b"picture"])
    with pytest.raises(PictureError, match="damaged"):
        read_picture(tmp_path, Place(1, 0, 6), digest(b"picture"))
    with pytest.raises(PictureError, match="damaged"):
        read_picture(tmp_path, Place(1, 1000, 7), digest(b"picture"))
    with pytest.raises(PictureError, match="gone"):
        read_picture(tmp_path, Place(7, 0, 7), digest(b"picture"))
    assert read_picture(tmp_path, place, digest(b"picture")) == b"picture"


def in_page_cache(path: Path, offset: int) -> bool:
    """Whether a byte can be had without asking the disk."""
    with path.open("rb", buffering=0) as file:
        try:
            return os.preadv(file.fileno(), [bytearray(1)], offset, os.RWF_NOWAIT) == 1
        except BlockingIOError:
            return False


def test_new_pictures_stay_in_memory_and_old_ones_do_not(tmp_path: Path) -> None:
    with (tmp_path / "probe").open("wb", buffering=0) as file:
        file.write(bytes(4096))
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    if in_page_cache(tmp_path / "probe", 0):
        pytest.skip("a file system that is memory")
    writer, picture = SegmentWriter(tmp_path), b"picture!" * 2**14
    places = [place for _ in range(24) for place in writer.append([picture] * 4)]
    path = segment_path(tmp_path, 1)
    assert not any(in_page_cache(path, place.offset) for place in places[:4])
    assert all(in_page_cache(path, place.offset) for place in places[-8:])
    assert all(read_picture(tmp_path, place, digest(picture)) == picture for place in places)


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = SegmentWriter(tmp_path)
    writer.append([b"first"])

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.writev", full)
        with pytest.raises(OSError, match="No space"):
            writer.append([b"second"])
    assert writer.append([b"third"]) == [Place(1, 5, 5)]
