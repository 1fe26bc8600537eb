"""Pictures in an S3-compatible bucket: each batch is one object, read by range; the only importer of boto3.

An object is there, whole, when its PUT is answered, so the same promise holds as for files: a picture is kept before
its row is written, and the row before anybody is told. Numbers come from a sequence of the database; an object is never
written over, whatever number a restored database hands out again.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from hub.store.errors import PictureError, PictureOutOfReach
from hub.store.models import database
from hub.store.pictures import Place, StoredSegment

SETTLED = timedelta(hours=1)  # younger objects may belong to rows that are not committed yet
TIMEOUTS = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "max_attempts": 3})
TAKEN = "PreconditionFailed"
GONE = "NoSuchKey"
NEXT = "SELECT nextval('picture_segment')"
BEYOND = "SELECT setval('picture_segment', greatest(%s, nextval('picture_segment')))"


class BucketError(OSError):
    """The bucket does not answer, or refuses; nothing that was to be kept counts as kept."""


@dataclass(frozen=True, slots=True)
class S3Pictures:
    """The pictures below a prefix of one bucket; a `PictureStore`. Threads may share it."""

    client: Any
    bucket: str
    prefix: str = ""
    settled: timedelta = SETTLED

    @classmethod
    def at(cls, url: str) -> "S3Pictures":
        """`s3://bucket/prefix?endpoint=https://host&region=name`; who we are is told as to every AWS program."""
        parts = urlsplit(url)
        options = {name: values[0] for name, values in parse_qs(parts.query).items()}
        client = boto3.client(
            "s3", endpoint_url=options.get("endpoint"), region_name=options.get("region"), config=TIMEOUTS
        )
        prefix = parts.path.strip("/")
        return cls(client, parts.netloc, f"{prefix}/" if prefix else "")

    def writer(self) -> "S3Writer":
        """Somebody new who appends."""
        return S3Writer(self)

    def read(self, place: Place, digest: bytes) -> bytes:
        """The JPEG at a place; PictureError if it is gone, out of reach, or not what was written there."""
        span = f"bytes={place.offset}-{place.offset + place.length - 1}"
        try:
            answer = self.client.get_object(Bucket=self.bucket, Key=self.key(place.segment), Range=span)
            picture: bytes = answer["Body"].read()
        except (ClientError, BotoCoreError) as error:
            gone = isinstance(error, ClientError) and error.response["Error"]["Code"] == GONE
            kind = PictureError if gone else PictureOutOfReach
            raise kind(f"segment {place.segment}: {_said(error)}") from error
        if sha256(picture).digest() != bytes(digest):
            raise PictureError(f"damaged: segment {place.segment}, {place.length} bytes at {place.offset}")
        return picture

    def segments(self) -> list[StoredSegment]:
        """Every object, oldest first."""
        return list(self.listed(after=0))

    def listed(self, after: int) -> Iterator[StoredSegment]:
        """The objects behind a number, in order, a thousand for each request."""
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=self.prefix, StartAfter=self.key(after)
        )
        with _told():
            for page in pages:
                for item in page.get("Contents", ()):
                    name = item["Key"].removeprefix(self.prefix).removesuffix(".seg")
                    if name.isascii() and name.isdigit():
                        yield StoredSegment(int(name), item["Size"])

    @contextmanager
    def claimed(self, number: int) -> Iterator[bool]:
        """Whether an object is old enough that every row that is to refer to it does; objects never grow."""
        with _told():
            found = self.client.head_object(Bucket=self.bucket, Key=self.key(number))
        yield datetime.now(UTC) - found["LastModified"] >= self.settled

    def remove(self, number: int) -> None:
        """Remove an object for good."""
        with _told():
            self.client.delete_object(Bucket=self.bucket, Key=self.key(number))

    def room(self) -> None:
        """A bucket takes no room here."""

    def key(self, number: int) -> str:
        """The name of an object; names sort as their numbers do."""
        return f"{self.prefix}{number:010d}.seg"


class S3Writer:
    """Puts one object for each batch."""

    def __init__(self, pictures: S3Pictures) -> None:
        self._pictures = pictures

    def append(self, pictures: Sequence[bytes]) -> list[Place]:
        """Keep the pictures; needs a database connection. BucketError: none of them is kept."""
        if not pictures:
            return []
        number, body = self._number(), b"".join(pictures)
        while not self._put(number, body):
            newest = max((segment.number for segment in self._pictures.listed(after=number)), default=number)
            (number,) = database.execute_sql(BEYOND, (newest + 1,)).fetchone()
        places, offset = [], 0
        for picture in pictures:
            places.append(Place(number, offset, len(picture)))
            offset += len(picture)
        return places

    def close(self) -> None:
        """Nothing is held."""

    def _number(self) -> int:
        (number,) = database.execute_sql(NEXT).fetchone()
        return int(number)

    def _put(self, number: int, body: bytes) -> bool:
        """Whether the object is there now; not if there was one of this name."""
        store = self._pictures
        try:
            store.client.put_object(Bucket=store.bucket, Key=store.key(number), Body=body, IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"]["Code"] == TAKEN:
                return False
            raise BucketError(_said(error)) from error
        except BotoCoreError as error:
            raise BucketError(_said(error)) from error
        return True


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise BucketError(_said(error)) from error


def _said(error: Exception) -> str:
    """One line, without the address that a long one may hold secrets in."""
    if isinstance(error, ClientError):
        return f"the bucket refuses: {error.response['Error'].get('Code', 'no reason')}"
    return f"the bucket does not answer: {type(error).__name__}"
