"""Where the agent on a card comes from: one wheel, a whole wheel house, or a package index of your own.

There is no default: on the public index the name belongs to somebody else.
"""

import re
from pathlib import Path

from provisioning.card.values import Package

REQUIREMENT = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9_, -]+\])?\s*((===|==|~=|>=|<=|!=|<|>)[A-Za-z0-9.*+!, <>=~-]+)?"
)
WHEEL = re.compile(r"(?P<name>[A-Za-z0-9_.]+)-(?P<version>[A-Za-z0-9_.!+]+)(-\d\w*)?-[^-]+-[^-]+-[^-]+\.whl")
EXTRA = "edge"


def read_package(text: str) -> Package:
    """A requirement, a .whl file or a folder of wheels; ValueError says in one line what is wrong."""
    path = Path(text)
    if path.is_dir():
        return _wheel_house(path)
    if text.endswith(".whl"):
        return _wheel(path)
    if "/" in text or not REQUIREMENT.fullmatch(text):
        raise ValueError(f"{text!r} is neither a package name, a .whl file nor a folder of wheels")
    return Package(text)


def _wheel(path: Path) -> Package:
    match = WHEEL.fullmatch(path.name)
    if not path.is_file() or not match:
        raise ValueError(f"{path} is not a wheel")
    if match["name"] != "watchpost":
        raise ValueError(f"{path} is a wheel of {match['name']}, not of watchpost")
    return Package(f"{match['name']}[{EXTRA}]=={match['version']}", (path,))


def _wheel_house(folder: Path) -> Package:
    wheels = tuple(sorted(folder.glob("*.whl")))
    ours = [match for wheel in wheels if (match := WHEEL.fullmatch(wheel.name)) and match["name"] == "watchpost"]
    if len(ours) != 1:
        found = f"{len(ours)} wheels" if ours else "no wheel"
        raise ValueError(f"{folder} holds {found} of watchpost among {len(wheels)}; exactly one is needed")
    return Package(f"watchpost[{EXTRA}]=={ours[0]['version']}", wheels, offline=True)
