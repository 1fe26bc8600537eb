"""docs/wire.md says what the code does: every topic, message, field, default and limit."""

import re
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path

import pytest

from edge.uplink import connection
from edge.uplink.window import Window
from edge.wire import codec, messages
from edge.wire.topics import FROM_HUB, PREFIX, RETAINED, Kind

PAGE = (Path(__file__).parents[3] / "docs" / "wire.md").read_text()
SECTIONS = dict(re.findall(r"^### (\w+)\n(.*?)(?=^### |\Z)", PAGE, re.MULTILINE | re.DOTALL))
KINDS = {
    name: kind for name, kind in vars(messages).items() if is_dataclass(kind) and kind.__module__ == messages.__name__
}
JSON = {"status": messages.Status, "health": messages.Health, "selftest": messages.Selftest}


def rows(text: str) -> list[list[str]]:
    """The cells of every table line but the heads."""
    lines = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| `")]
    return [[line[0].strip(" `"), *(cell.strip() for cell in line[1:])] for line in lines]


def test_every_message_has_its_section() -> None:
    assert set(SECTIONS) == set(KINDS)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_field_is_there_in_order_with_its_default(name: str) -> None:
    documented = [(row[0], row[2] != "") for row in rows(SECTIONS[name])]
    has_default = [item.default is not MISSING or item.default_factory is not MISSING for item in fields(KINDS[name])]
    assert documented == list(zip([item.name for item in fields(KINDS[name])], has_default, strict=True))


def test_settings_defaults() -> None:
    said = {row[0]: row[2].strip("`") for row in rows(SECTIONS["CameraSettings"])}
    settings = messages.CameraSettings()
    meant = {item.name: str(getattr(settings, item.name)) for item in fields(settings)}
    assert {name: {"()": "[]", "": '""'}.get(value, value) for name, value in meant.items()} == said


def test_topics() -> None:
    table = {row[0]: row[1:] for row in rows(PAGE.partition("## Encoding")[0])}
    assert set(table) == set(Kind)
    assert f"`{PREFIX}/<device>/<kind>`" in PAGE
    for kind in Kind:
        origin, retained, message, encoding = table[kind]
        assert origin == ("hub" if kind in FROM_HUB else "device")
        assert retained == ("yes" if kind in RETAINED else "no")
        assert message == f"[{kind.capitalize()}](#{kind})"
        assert encoding == ("JSON" if kind in JSON else "CBOR")


def test_limits() -> None:
    window = Window()
    for said in (
        f"CBOR over\n{codec.CBOR_LIMIT // 2**20} MiB",
        f"JSON over {codec.JSON_LIMIT // 1024} KiB",
        f"nesting deeper than {codec.DEPTH_LIMIT}",
        f"bytes, at most {messages.PICTURE_LIMIT // 2**20} MiB",
        f"everything at QoS {connection.QOS}",
        f"has not acknowledged {window.answer_s:.0f} s after",
        f"at most {window.size} messages are on their way",
    ):
        assert said in PAGE
