"""Streams and their readers: joining, falling behind, being replaced, waiting for a publisher."""

import asyncio
from datetime import UTC, datetime

import pytest

from hub.media.relay import paths as module
from hub.media.relay.errors import NotPublishedError, RelayFullError, StreamEndedError
from hub.media.relay.h264 import AccessUnit
from hub.media.relay.paths import CATCH_UP_TICKS, QUEUE_UNITS, Paths, Reader, Stream

FRAME = 3000


def unit(number: int, key: bool = False) -> AccessUnit:
    return AccessUnit((b"\x65key" if key else b"\x41p", b"\x01%d" % number), number * FRAME)


def a_stream(name: str = "1") -> Stream:
    return Stream(name, datetime(2024, 5, 1, tzinfo=UTC), lambda: None)


async def taken(reader: Reader, count: int) -> list[int]:
    return [(await reader.next()).timestamp for _ in range(count)]


def test_who_joins_sees_everything_since_the_key_picture_at_once_and_is_live() -> None:
    async def scene() -> None:
        stream, reader = a_stream(), Reader("webRTCSession", lambda: None)
        for number in range(7):
            stream.push(unit(number, key=number == 2))
        stream.join(reader)
        stream.push(unit(7))
        newest = 6 * FRAME
        assert await taken(reader, 6) == [newest - behind * CATCH_UP_TICKS for behind in (4, 3, 2, 1, 0)] + [7 * FRAME]

    asyncio.run(scene())


def test_who_joins_before_a_key_picture_waits_for_it() -> None:
    async def scene() -> None:
        stream, reader = a_stream(), Reader("webRTCSession", lambda: None)
        stream.join(reader)
        stream.push(unit(1))
        stream.push(unit(2, key=True))
        assert await taken(reader, 1) == [2 * FRAME]

    asyncio.run(scene())


def test_who_joins_a_silent_publisher_does_not_see_the_past() -> None:
    async def scene() -> None:
        now = [0.0]
        stream = Stream("1", datetime.now(UTC), lambda: None, lambda: now[0])
        reader = Reader("webRTCSession", lambda: None)
        stream.push(unit(0, key=True))
        now[0] = 1.5
        stream.join(reader)
        stream.push(unit(1))
        stream.push(unit(2, key=True))
        assert await taken(reader, 1) == [2 * FRAME]

    asyncio.run(scene())


def test_a_slow_reader_loses_pictures_up_to_the_next_key_picture() -> None:
    async def scene() -> None:
        stream, reader = a_stream(), Reader("webRTCSession", lambda: None)
        stream.push(unit(0, key=True))
        stream.join(reader)
        for number in range(1, QUEUE_UNITS + 10):
            stream.push(unit(number))
        key = QUEUE_UNITS + 10
        stream.push(unit(key, key=True))
        assert await taken(reader, 1) == [key * FRAME]
        assert reader.dropped == key

    asyncio.run(scene())


def test_a_group_of_pictures_without_end_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        monkeypatch.setattr(module, "GOP_UNITS", 5)
        stream, reader = a_stream(), Reader("webRTCSession", lambda: None)
        for number in range(20):
            stream.push(unit(number, key=number == 0))
        stream.join(reader)
        stream.push(unit(20))
        stream.push(unit(21, key=True))
        assert await taken(reader, 1) == [21 * FRAME]

    asyncio.run(scene())


def test_the_end_of_a_stream_ends_its_readers() -> None:
    async def scene() -> None:
        ended = []
        paths, stream = Paths(), a_stream()
        reader = Reader("webRTCSession", lambda: ended.append(True))
        paths.publish(stream)
        stream.join(reader)
        paths.unpublish(stream)
        assert ended == [True]
        with pytest.raises(StreamEndedError):
            await reader.next()
        assert paths.all() == []

    asyncio.run(scene())


def test_a_new_publisher_replaces_the_old_one_and_outlives_its_goodbye() -> None:
    async def scene() -> None:
        replaced = []
        paths, new = Paths(), a_stream()
        old = Stream("1", datetime.now(UTC), lambda: replaced.append(True))
        paths.publish(old)
        paths.publish(new)
        paths.unpublish(old)
        assert replaced == [True]
        assert paths.all() == [new]

    asyncio.run(scene())


def test_whoever_waits_gets_the_publisher_that_comes() -> None:
    async def scene() -> None:
        paths, stream = Paths(), a_stream()
        waiting = asyncio.create_task(paths.find("1", 5))
        await asyncio.sleep(0)
        paths.publish(stream)
        assert await waiting is stream
        with pytest.raises(NotPublishedError, match="'2'"):
            await paths.find("2", 0)
        assert paths._waiting == {}

    asyncio.run(scene())


def test_there_are_only_so_many_streams_and_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READERS_PER_PATH", 1)

    async def scene() -> None:
        paths = Paths(limit=1)
        stream = a_stream("1")
        paths.publish(stream)
        with pytest.raises(RelayFullError):
            paths.publish(a_stream("2"))
        stream.join(Reader("webRTCSession", lambda: None))
        with pytest.raises(RelayFullError):
            stream.join(Reader("webRTCSession", lambda: None))

    asyncio.run(scene())
