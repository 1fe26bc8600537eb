"""The hub's settings: the environment (or files named in it) becomes one frozen value, or one list of every problem."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from hub.errors import SettingsError

PREFIX = "WATCHPOST_"
MB = 1024 * 1024
FOREIGN = frozenset({"WATCHPOST_MEDIAMTX", "WATCHPOST_MODELS_DIR", "WATCHPOST_TEST_DATA"})
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
GROUP = re.compile(r"[a-z0-9-]{1,32}")
HOST_PORT = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]*):([0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the hub's programs are told; URLs carry no trailing slash, secrets stay out of `repr`.

    `database_url` empty: the embedded PostgreSQL in `data_dir`. `secret_key` empty: the generated one in `data_dir`.
    `secret_key_before` is the one before it, which still opens what it sealed until `keys rotate` has run.
    `mqtt_device_url` is what devices are told at enrolment: never the hub's own credentials.
    `trusted_proxies` is how many reverse proxies in front may tell the client's address.
    `keep_…` bound what is kept of alerts and of their pictures until an admin says otherwise; 0 is for ever, or all.
    `pictures_url` empty: files in `data_dir`, else `s3://bucket/prefix?endpoint=…&region=…` (extra `s3`).
    `ingest_group` not empty: ingest shares the load with others of that name.
    `disk_reserve_mb` is what pictures leave free of the disk, so that alerts still have room.
    """

    data_dir: Path
    database_url: str = field(default="", repr=False)
    mqtt_url: str = field(default="mqtt://127.0.0.1:1883", repr=False)
    mqtt_device_url: str = field(default="mqtt://127.0.0.1:1883", repr=False)
    public_url: str = "http://127.0.0.1:8080"
    media_rtsp_url: str = "rtsp://127.0.0.1:8554"
    media_whep_url: str = "http://127.0.0.1:8889"
    media_api_url: str = "http://127.0.0.1:9997"
    signup: Literal["first", "open", "closed"] = "first"
    bind: str = "127.0.0.1:8080"
    secret_key: str = field(default="", repr=False)
    secret_key_before: str = field(default="", repr=False)
    web_workers: int = 1
    trusted_proxies: int = 0
    keep_days: int = 0
    keep_gb: int = 0
    keep_pictures_days: int = 0
    keep_pictures_gb: int = 0
    pictures_url: str = ""
    disk_reserve_mb: int = 500
    ingest_group: str = ""

    @property
    def secrets_dir(self) -> Path:
        """Where keys and other secrets live as 0600 files."""
        return self.data_dir / "secrets"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """The settings that an environment holds; SettingsError lists every problem at once."""
        problems: list[str] = []
        given = _given(environ, problems)
        values: dict[str, Any] = {}
        for name, text in given.items():
            try:
                values[name] = READERS[name](text)
            except ValueError as error:
                problems.append(f"{PREFIX}{name.upper()}: {error}")
        if problems:
            raise SettingsError(problems)
        return cls(**_completed(values, environ))


def _given(environ: Mapping[str, str], problems: list[str]) -> dict[str, str]:
    """Every setting that the environment gives, directly or through `<NAME>_FILE`, by field name."""
    given: dict[str, str] = {}
    for variable in sorted(name for name in environ if name.startswith(PREFIX) and name not in FOREIGN):
        name = variable.removeprefix(PREFIX).removesuffix("_FILE").lower()
        if name not in READERS:
            problems.append(_unknown(variable))
        elif variable.endswith("_FILE"):
            _read_file(variable, environ, given, problems)
        elif environ[variable] != "":
            given[name] = environ[variable]
    return given


def _read_file(variable: str, environ: Mapping[str, str], given: dict[str, str], problems: list[str]) -> None:
    plain = variable.removesuffix("_FILE")
    if environ.get(plain):
        problems.append(f"{variable}: {plain} is set too; keep one of them")
        return
    try:
        given[plain.removeprefix(PREFIX).lower()] = Path(environ[variable]).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{variable}: cannot read {environ[variable]!r}: {_why(error)}")


def _why(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or "unreadable" if isinstance(error, OSError) else "not UTF-8 text"


def _unknown(variable: str) -> str:
    known = [f"{PREFIX}{name.upper()}" for name in READERS]
    close = get_close_matches(variable, [*known, *(f"{name}_FILE" for name in known), *FOREIGN], n=1, cutoff=0.8)
    return f"{variable}: no such setting" + (f"; did you mean {close[0]}?" if close else "")


def _completed(values: dict[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """The values with the defaults that follow from others."""
    values.setdefault("data_dir", _default_data_dir(environ))
    values.setdefault("public_url", f"http://{values.get('bind', '127.0.0.1:8080')}")
    values.setdefault("mqtt_device_url", _without_credentials(values.get("mqtt_url", "mqtt://127.0.0.1:1883")))
    return values


def _default_data_dir(environ: Mapping[str, str]) -> Path:
    base = environ.get("XDG_DATA_HOME") or f"{environ.get('HOME') or '.'}/.local/share"
    return (Path(base) / "watchpost").absolute()


def _without_credentials(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def _url(*schemes: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError as error:
            raise ValueError(f"not a URL: {error}") from None
        if parts.scheme not in schemes or not parts.hostname or port == 0:
            raise ValueError(f"expected {' or '.join(f'{scheme}://host' for scheme in schemes)}")
        return text.rstrip("/")

    return read


def _bucket(text: str) -> str:
    parts = urlsplit(text)
    unknown = set(parse_qs(parts.query)) - {"endpoint", "region"}
    if parts.scheme != "s3" or not BUCKET.fullmatch(parts.netloc) or unknown:
        raise ValueError("expected s3://bucket/prefix?endpoint=https://host&region=name")
    if find_spec("boto3") is None:
        raise ValueError("boto3 is not installed: pip install 'watchpost[s3]'")
    return text


def group_name(text: str) -> str:
    """The name of a group of ingest processes: what MQTT and people can read."""
    if not GROUP.fullmatch(text):
        raise ValueError(f"{text!r} is not 1-32 characters of a-z, 0-9 and hyphens")
    return text


def _data_dir(text: str) -> Path:
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError:
        raise ValueError(f"{text!r} names the home of nobody") from None


def _choice(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            close = get_close_matches(text, choices, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise ValueError(f"{text!r} is not one of {', '.join(choices)}{hint}")
        return text

    return read


def _bind(text: str) -> str:
    match = HOST_PORT.fullmatch(text)
    if not match or int(match[2]) > 65535:
        raise ValueError(f"{text!r} is not host:port")
    return text


def _secret(text: str) -> str:
    if len(text) < 16:
        raise ValueError("at least 16 characters, please; `openssl rand -hex 32` makes a good one")
    return text


def _count(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text[:9]) <= high:
            raise ValueError(f"{text!r} is not a whole number from {low} to {high}")
        return int(text)

    return read


READERS: Mapping[str, Callable[[str], object]] = {
    "data_dir": _data_dir,
    "database_url": _url("postgresql", "postgres"),
    "mqtt_url": _url("mqtt", "mqtts"),
    "mqtt_device_url": _url("mqtt", "mqtts"),
    "public_url": _url("http", "https"),
    "media_rtsp_url": _url("rtsp", "rtsps"),
    "media_whep_url": _url("http", "https"),
    "media_api_url": _url("http", "https"),
    "signup": _choice("first", "open", "closed"),
    "bind": _bind,
    "secret_key": _secret,
    "secret_key_before": _secret,
    "web_workers": _count(1, 64),
    "trusted_proxies": _count(0, 8),
    "keep_days": _count(0, 36500),
    "keep_gb": _count(0, 1_000_000),
    "keep_pictures_days": _count(0, 36500),
    "keep_pictures_gb": _count(0, 1_000_000),
    "pictures_url": _bucket,
    "ingest_group": group_name,
    "disk_reserve_mb": _count(1, 1_000_000),
}
