"""A dead letter, tried again: when the reason is gone, it becomes the alert that it should have been."""

from datetime import UTC, datetime

from hub.ingest.commit import Committer
from hub.ingest.sorting import Incoming, sort
from hub.store import dead_letters
from hub.store.models import database
from hub.store.owners import camera_owners


def replay(letter_id: int, committer: Committer) -> str:
    """Empty when the letter is stored now and gone from the dead ones; else why it stays."""
    with database.atomic() as transaction:
        letter = dead_letters.take(letter_id)
        if letter is None:
            return "there is no such letter"
        batch = sort([Incoming(letter.topic, bytes(letter.payload), letter.received_at)], camera_owners().get)
        if batch.letters or not batch.visits:
            transaction.rollback()
            return (
                batch.letters[0].reason if batch.letters else "not a visit: the device has said something newer since"
            )
        if not committer.commit(batch, datetime.now(UTC)):
            transaction.rollback()
            return "there is no room for its picture: the disk is almost full"
    return ""
