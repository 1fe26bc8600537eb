"""Who wrote what we ship with, and under which licence: the table of docs/licences.md, from the installed packages.

python tests/supply/licences.py          (writes the file anew; `make lock` does)
"""

import re
import sys
from email.message import Message
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import cast

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "licences.md"
LOCKS = ROOT / "requirements"
SILENT = {"peewee": "MIT"}
"""Read in the package's own licence file, for its metadata does not say."""
HEAD = """# Licences

Watchpost is under the [MIT licence](../LICENSE). With it come these packages, each under its own licence as its authors
declare it, [locked with their hashes](../requirements/); BlazeFace's models are Google's, under the Apache License 2.0.
`make sbom` writes the same as a CycloneDX document.

| package | licence |
|---|---|
"""


def locked(version: str) -> dict[str, str]:
    """Name and version of every package in a lock."""
    text = (LOCKS / f"python-{version}.txt").read_text()
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)==([^ ]+) \\$", text, re.MULTILINE))


def licence(name: str) -> str:
    """What a package's metadata says: its SPDX expression, else its classifiers, else the first line of its text."""
    if name in SILENT:
        return SILENT[name]
    facts = cast(Message, metadata(name))
    if expression := facts.get("License-Expression"):
        return str(expression)
    found = [str(each).rpartition(" :: ")[2] for each in facts.get_all("Classifier", ()) if "License ::" in str(each)]
    return ", ".join(found) or str(facts.get("License") or "see its files").strip().splitlines()[0][:60]


def table(names: list[str]) -> str:
    """One line for each package that is installed here; a lock also names those for other Pythons."""
    lines = []
    for name in names:
        try:
            lines.append(f"| {name} | {licence(name)} |\n")
        except PackageNotFoundError:
            lines.append(f"| {name} | for another Python: see its files |\n")
    return "".join(lines)


if __name__ == "__main__":
    PAGE.write_text(HEAD + table(sorted(locked(f"{sys.version_info[0]}.{sys.version_info[1]}"), key=str.lower)))
