"""The playbooks keep their style: every knob is explained, the unit has one source, linters agree where they are."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ANSIBLE = Path(__file__).parents[2] / "ansible"
DEFAULTS = sorted(ANSIBLE.glob("roles/*/defaults/main.yml"))
KNOB = re.compile(r"^([a-z][a-z0-9_]*):", re.MULTILINE)


@pytest.mark.parametrize("path", DEFAULTS, ids=lambda path: path.parts[-3])
def test_every_knob_has_a_comment_and_the_name_of_its_role(path: Path) -> None:
    role = path.parts[-3]
    explained = False
    for line in path.read_text().splitlines()[1:]:
        if line.startswith("#"):
            explained = True
        elif knob := KNOB.match(line):
            assert explained, f"{knob[1]} has no comment above it"
            assert knob[1].startswith(f"{role}_")
        elif not line.strip():
            explained = False


def test_every_knob_that_is_used_exists() -> None:
    known = {name for path in DEFAULTS for name in KNOB.findall(path.read_text())}
    roles = "|".join(path.parts[-3] for path in DEFAULTS)
    used = set()
    for path in ANSIBLE.glob("roles/*/templates/*"):
        for expression in re.findall(r"\{[{%](.*?)[}%]\}", path.read_text(), re.DOTALL):
            used |= set(re.findall(rf"\b(?:{roles})_[a-z0-9_]+", re.sub(r"'[^']*'", "", expression)))
    assert used - known - {"edge_pinned"} == set()


def test_the_unit_has_one_source() -> None:
    tasks = (ANSIBLE / "roles" / "edge" / "tasks" / "main.yml").read_text()
    assert "../../../provisioning/service/watchpost-edge.service" in tasks
    assert not list(ANSIBLE.rglob("watchpost-edge.service*"))


@pytest.mark.parametrize(
    "tool", [("ansible-lint", "--offline"), ("yamllint", "--strict", ".")], ids=lambda tool: tool[0]
)
def test_linters(tool: tuple[str, ...]) -> None:
    if not shutil.which(tool[0]):
        pytest.skip(f"{tool[0]} is not installed")
    done = subprocess.run(tool, cwd=ANSIBLE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
