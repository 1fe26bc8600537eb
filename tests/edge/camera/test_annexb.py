"""H.264 out of a file becomes the stream that a camera sends, and decodes to the same pictures."""

from pathlib import Path

import av
import numpy as np
import pytest
from camera_units import units_of
from clips import scene, write

from edge.camera.annexb import byte_stream
from edge.stream.rtp import nal_units, parameter_sets


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pictures = (scene(index, visitor=True) for index in range(12))
    return write(tmp_path_factory.mktemp("clips") / "clip.mp4", pictures, bf="0", g="6", sc_threshold="0")


def test_a_files_pictures_survive_and_keys_bring_their_parameter_sets(clip: Path) -> None:
    video, units = units_of(clip)
    streams = [byte_stream(bytes(memoryview(unit.payload)), video.header, unit.key) for unit in units]  # type: ignore[arg-type]
    assert [parameter_sets(stream) is not None for stream in streams] == [unit.key for unit in units]
    decoder = av.codec.CodecContext.create("h264", "r")
    shown = [frame for stream in streams for frame in decoder.decode(av.Packet(stream))] + decoder.decode(None)
    with av.open(str(clip)) as container:
        wanted = [frame.to_ndarray() for frame in container.decode(video=0)]
    assert len(shown) == len(wanted) == 12
    assert all(np.array_equal(frame.to_ndarray(), other) for frame, other in zip(shown, wanted, strict=True))


def test_a_stream_with_start_codes_passes_as_it_is() -> None:
    delta, key = b"\0\0\1\x41abc", b"\0\0\0\1\x65def"
    sets = b"\0\0\0\1\x67s\0\0\0\1\x68p"
    assert byte_stream(delta, sets, False) == delta
    assert byte_stream(key, sets, True) == sets + key
    assert byte_stream(sets + key, sets, True) == sets + key
    assert byte_stream(key, b"", True) == key


def test_a_cut_picture_gives_what_is_whole() -> None:
    record = b"\x01\x42\xc0\x1f\xff\xe1\x00\x02\x67s\x01\x00\x02\x68p"
    payload = b"\0\0\0\x02\x41a\0\0\0\x09\x41b"
    assert [bytes(nal) for nal in nal_units(byte_stream(payload, record, False))] == [b"\x41a"]
    assert [bytes(nal) for nal in nal_units(byte_stream(payload[:6], record, True))] == [b"\x67s", b"\x68p", b"\x41a"]
    assert byte_stream(b"", record[:8], True) != b""
