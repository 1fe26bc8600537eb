"""Settings from the environment: defaults, files, and every problem at once."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import SettingsError
from hub.settings import READERS, Settings


def problems(environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(environ)
    return caught.value.problems


def test_defaults_listen_on_loopback_only() -> None:
    settings = Settings.from_env({"HOME": "/home/ann"})
    assert settings.data_dir == Path("/home/ann/.local/share/watchpost")
    assert settings.database_url == ""
    assert settings.bind == "127.0.0.1:8080"
    assert settings.public_url == "http://127.0.0.1:8080"
    assert settings.secret_key == ""


def test_a_home_of_nobody_is_a_problem() -> None:
    assert "home of nobody" in problems({"WATCHPOST_DATA_DIR": "~nobody-of-this-name/data"})[0]


def test_public_url_follows_bind() -> None:
    assert Settings.from_env({"WATCHPOST_BIND": "127.0.0.1:9000"}).public_url == "http://127.0.0.1:9000"


def test_devices_never_get_the_hubs_own_broker_password() -> None:
    settings = Settings.from_env({"WATCHPOST_MQTT_URL": "mqtts://hub:pa@ss@broker:8883"})
    assert settings.mqtt_device_url == "mqtts://broker:8883"
    assert "pa@ss" not in repr(settings)


def test_a_file_instead_of_a_value(tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("postgresql://hub:secret@db/watchpost\n")
    settings = Settings.from_env({"WATCHPOST_DATABASE_URL_FILE": str(secret)})
    assert settings.database_url == "postgresql://hub:secret@db/watchpost"


def test_every_problem_at_once_with_hints(tmp_path: Path) -> None:
    found = problems(
        {
            "WATCHPOST_DATABSE_URL": "x",
            "WATCHPOST_BIND": "8080",
            "WATCHPOST_SIGNUP": "opem",
            "WATCHPOST_SECRET_KEY": "short",
            "WATCHPOST_MQTT_URL": "http://broker",
            "WATCHPOST_PUBLIC_URL_FILE": str(tmp_path / "absent"),
            "WATCHPOST_WEB_WORKERS": "many",
            "WATCHPOST_DATA_DIR": "/a",
            "WATCHPOST_DATA_DIR_FILE": "/b",
        }
    )
    assert len(found) == 8
    text = "\n".join(found)
    assert "did you mean WATCHPOST_DATABASE_URL?" in text
    assert "did you mean open?" in text
    assert "keep one of them" in text
    assert "short" not in text


def test_names_of_other_programs_are_left_alone() -> None:
    names = ("WATCHPOST_MEDIAMTX", "WATCHPOST_MODELS_DIR", "WATCHPOST_TEST_DATA")
    assert Settings.from_env(dict.fromkeys(names, "/x")) == Settings.from_env({})


@given(st.dictionaries(st.sampled_from([f"WATCHPOST_{name.upper()}" for name in READERS]), st.text(max_size=80)))
def test_any_environment_gives_settings_or_problems(environ: dict[str, str]) -> None:
    with suppress(SettingsError):
        assert Settings.from_env(environ).data_dir.is_absolute()
