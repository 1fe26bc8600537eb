"""What every test may ask for: the annotated media, where it is."""

import fcntl
import os
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from hub.demo.scenes import write_scenes

ROOT = Path(__file__).parent.parent
REAL = {ROOT / "tests" / "browser", ROOT / "tests" / "integration"}

# A hub within the tests' own process logs to the report, never into what a command under test prints.
structlog.configure(logger_factory=structlog.stdlib.LoggerFactory())

# What takes long on a busy machine is not wrong for it.
settings.register_profile("untimed", deadline=None, max_examples=50)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def media() -> Path:
    """The folder of annotated pictures and clips (WATCHPOST_TEST_DATA, else beside the repository)."""
    folder = Path(os.environ.get("WATCHPOST_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "faces.json").exists():
        pytest.skip(f"no annotated media in {folder}")
    return folder


@pytest.fixture(scope="session")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the demo's two films, made once for all workers: they take a dozen seconds of a core."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "scenes"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        write_scenes(folder)
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What drives real browsers, servers and cameras gets a second try on a busy machine, which the report names.

    Files with slow tests come first, then these: at the end no worker sits alone before a long one.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    real = {item.path for item in items if REAL.intersection(item.path.parents)}
    for item in items:
        if item.path in real:
            item.add_marker(pytest.mark.flaky(reruns=1))
    items.sort(key=lambda item: (item.path not in slow, item.path not in real))
