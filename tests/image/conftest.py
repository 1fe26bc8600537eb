"""An image boots only when asked for: `make image-boot`."""

import os
import shutil
from pathlib import Path

import pytest

NEEDS = ("qemu-system-aarch64", "mcopy", "ssh", "ssh-keygen")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    why = ""
    if not os.environ.get("WATCHPOST_IMAGE"):
        why = "boots a whole arm64 machine: `make image-boot`"
    elif missing := [tool for tool in NEEDS if not shutil.which(tool)]:
        why = f"not installed: {', '.join(missing)} (apt install qemu-system-arm mtools)"
    for item in items:
        if why and Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=why))
