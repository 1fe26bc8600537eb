"""edge.toml: the sample loads, every problem is told at once with its line, nothing raises anything but ConfigError."""

import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config import Config, load
from edge.errors import ConfigError
from edge.toml_lines import line_numbers
from edge.wire.messages import BoxStyle, CameraSettings

EXAMPLE = Path(__file__).parents[2] / "edge" / "edge.toml.example"


def config_of(tmp_path: Path, text: str) -> Config:
    (tmp_path / "edge.toml").write_text(text)
    return load(tmp_path / "edge.toml")


def problems_of(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        config_of(tmp_path, text)
    return str(caught.value).replace(f"{tmp_path}/edge.toml: ", "").splitlines()


def test_the_example_loads() -> None:
    config = load(EXAMPLE)
    assert config.device.name == "Front door"
    assert config.device.state_dir == Path("/var/lib/watchpost")
    assert config.hub.url == "https://watchpost.example"
    assert config.camera == ()


def test_the_example_loads_with_everything_in_it_and_its_comments_tell_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "hub-ca.pem").touch()
    config = config_of(tmp_path, re.sub(r"^# (?=\[|\w+ = )", "", EXAMPLE.read_text(), flags=re.MULTILINE))
    plain = load(EXAMPLE)
    assert config.hub.ca_file == tmp_path / "hub-ca.pem"
    assert config.hub.mqtt_url == "mqtts://watchpost.example:8883"
    assert config.limits == plain.limits
    (camera,) = config.camera
    assert camera.settings == CameraSettings()
    assert camera.desired().source_url.startswith("rtsp://user:password@")


def test_a_device_without_a_hub(tmp_path: Path) -> None:
    config = config_of(tmp_path, """
        device.name = "shed"
        device.state_dir = "state"
        camera = [{ id = "a", source_url = "file:///x.mp4", settings = { boxes = "overlay", min_score = 1 } }]
    """)  # fmt: skip
    assert config.device.state_dir == tmp_path / "state"
    assert config.hub.url == ""
    assert config.camera[0].settings == CameraSettings(boxes=BoxStyle.OVERLAY, min_score=1.0)
    assert config.camera[0].desired().name == "a"


def test_every_problem_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    text = """\
[device]
nmae = "shed"

[hub]
url = "ftp://hub"
ca_file = "missing.pem"
mqtt_url = 7

[limits]
outbox_max_mb = -1

[[camera]]
id = "a"
source_url = "file:///x.mp4"

[[camera]]
id = "a"
source_url = "gopher://x"
[camera.settings]
boxes = "burned"
min_scor = 0.5
min_face_px = "big"

[cameras]
"""
    found = problems_of(tmp_path, text)
    assert found[0] == "line 1: device: name is missing"
    assert "line 2: device.nmae: unknown key, did you mean name?" in found
    assert "line 5: hub.url: should be http://host or https://host" in found
    assert f"line 6: hub.ca_file: there is no file {tmp_path}/missing.pem" in found
    assert "line 7: hub.mqtt_url: expected str, got int" in found
    assert "line 10: limits.outbox_max_mb: expected int >= 1" in found
    assert "line 18: camera[2].source_url: cannot open gopher://" in "\n".join(found)
    assert "line 20: camera[2].settings.boxes: 'burned' is not one of burnt, overlay, did you mean burnt?" in found
    assert "line 21: camera[2].settings.min_scor: unknown key, did you mean min_score?" in found
    assert "line 22: camera[2].settings.min_face_px: expected int, got str" in found
    assert "line 24: cameras: unknown key, did you mean camera?" in found


def test_a_camera_that_is_there_twice(tmp_path: Path) -> None:
    camera = '[[camera]]\nid = "a"\nsource_url = "file:///x.mp4"\n'
    assert problems_of(tmp_path, f'device.name = "x"\n{camera * 2}') == ["line 6: camera[2].id: 'a' is there twice"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: device is missing"),
        ("device = 3", "line 1: device: should be a table, [device]"),
        ('[device]\nname = "x"\n[camera]\nid = "a"', "line 3: camera: should be a list of tables, [[camera]]"),
        ('[device]\nname = ""', "line 2: device.name: expected str of length >= 1"),
        ('[device]\nname = "x"\nstate_dir = 3', "line 3: device.state_dir: should be a path, in quotes"),
        ('device.name = "x"\n[[camera]]\nid = "a b"\nsource_url = "x"', "line 3: camera[1].id: expected str matching"),
    ],
)
def test_wrong_shapes(tmp_path: Path, text: str, told: str) -> None:
    assert told in problems_of(tmp_path, text)[0]


def test_broken_toml_and_missing_files_are_one_line(tmp_path: Path) -> None:
    assert "at line 1" in problems_of(tmp_path, "[device\n")[0]
    with pytest.raises(ConfigError, match="No such file"):
        load(tmp_path / "nothing.toml")
    (tmp_path / "edge.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="utf-8"):
        load(tmp_path / "edge.toml")


def test_secrets_are_not_in_representations(tmp_path: Path) -> None:
    config = config_of(tmp_path, """
        device = { name = "x" }
        hub = { mqtt_url = "mqtt://user:secret@host" }
        camera = [{ id = "a", source_url = "rtsp://user:secret@host/" }]
    """)  # fmt: skip
    assert "secret" not in repr(config)


def test_lines_are_found_behind_multi_line_strings() -> None:
    text = 'a = """\nb = 1\n[c]\n"""\nb.c = 2\n[[d]]\n[d.e]\n[[d]]\nf = 1\n'
    lines = line_numbers(text)
    assert lines["a",] == 1
    assert lines["b", "c"] == 5
    assert lines["d", 0, "e"] == 7
    assert lines["d", 1, "f"] == 9


@given(st.text() | st.lists(st.sampled_from(EXAMPLE.read_text().splitlines()), max_size=20).map("\n".join))
def test_any_text_is_a_configuration_or_a_config_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    with suppress(ConfigError):
        path = tmp_path_factory.getbasetemp() / "any.toml"
        path.write_bytes(text.encode(errors="surrogatepass"))
        load(path)
