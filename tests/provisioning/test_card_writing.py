"""Writing to a card fails at any file, or has no room: everything is as it was."""

from pathlib import Path

import pytest
from card_run import NOW, snapshot
from golden_cards import CMDLINE

from provisioning.card.boot import BootFolder
from provisioning.card.contents import contents
from provisioning.card.request import read_card
from provisioning.card.write import write
from provisioning.errors import CardError


class FailingFolder(BootFolder):
    """A card that fails at the n-th write, and one that is too small."""

    def __init__(self, folder: Path, *, good_writes: int = 10_000, room: int = 10**9) -> None:
        super().__init__(folder)
        self._good, self._room = good_writes, room

    def write(self, path: str, source: Path) -> None:
        self._good -= 1
        if self._good == 0:
            raise CardError(f"{path}: No space left on device")
        super().write(path, source)

    def free(self) -> int:
        return self._room


@pytest.mark.parametrize("good_writes", range(1, 9))
def test_a_failure_anywhere_leaves_everything_as_it_was(boot: Path, good_writes: int) -> None:
    (boot / "watchpost").mkdir()
    (boot / "watchpost" / "token").write_text("an older one")
    before = snapshot(boot)
    card = read_card({"name": "a", "hub": "https://hub", "token": "one-time-token"}, NOW)
    with pytest.raises(CardError):
        write(FailingFolder(boot, good_writes=good_writes), contents(card, "firstrun", CMDLINE))
    assert snapshot(boot) == before


def test_a_full_card(boot: Path) -> None:
    before = snapshot(boot)
    card = read_card({"name": "a", "hub": "https://hub"}, NOW)
    with pytest.raises(CardError, match=r"is full: 1\.1 MB are needed, 0\.1 MB are free"):
        write(FailingFolder(boot, room=100_000), contents(card, "firstrun", CMDLINE))
    assert snapshot(boot) == before
