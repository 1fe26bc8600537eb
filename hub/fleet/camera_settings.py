"""The rules of one camera as the API takes and gives them; the wire's CameraSettings says what is allowed.

`detect_url` may carry a password, so it is sealed in the database and masked in answers, as the camera's own address.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from difflib import get_close_matches
from math import isfinite
from typing import Any

import msgspec

from edge.wire.messages import CameraSettings
from hub.errors import Invalid
from hub.fleet import source_url
from hub.secrets import Sealer

NAMES = tuple(item.name for item in fields(CameraSettings))


def merged(current: CameraSettings, changes: Mapping[str, Any]) -> CameraSettings:
    """The settings after a change that may name some of them only; Invalid names the field."""
    for name in changes:
        if name not in NAMES:
            close = get_close_matches(name, NAMES, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise Invalid.field(f"body.settings.{name[:64]}", f"no such setting{hint}")
    if not _finite(changes):
        raise Invalid.field("body.settings", "numbers must be finite")
    settings = _converted({**plain(current), **{name: _whole(value) for name, value in changes.items()}})
    address = source_url.unmasked(settings.detect_url, current.detect_url, "body.settings.detect_url")
    if address:
        source_url.check_settings_url(address)
    return replace(settings, detect_url=address)


def plain(settings: CameraSettings) -> dict[str, Any]:
    """Every setting with its value, as JSON has it."""
    values: dict[str, Any] = msgspec.to_builtins(settings)
    return values


def sealed(settings: CameraSettings, sealer: Sealer) -> dict[str, Any]:
    """What the database keeps."""
    secret = sealer.seal(settings.detect_url).decode() if settings.detect_url else ""
    return {**plain(settings), "detect_url": secret}


def opened(kept: Mapping[str, Any], sealer: Sealer) -> CameraSettings:
    """The settings out of what the database keeps; SecretError when the key is not at hand."""
    secret = kept.get("detect_url", "")
    known = {name: value for name, value in kept.items() if name in NAMES}
    return _converted({**known, "detect_url": sealer.unseal(secret.encode()) if secret else ""})


def shown(settings: CameraSettings) -> dict[str, Any]:
    """What answers show."""
    return {**plain(settings), "detect_url": source_url.masked(settings.detect_url)}


def _converted(values: Mapping[str, Any]) -> CameraSettings:
    try:
        return msgspec.convert(values, CameraSettings)
    except (msgspec.ValidationError, RecursionError) as error:
        reason, _, place = str(error).partition(" - at `$.")
        name = place.rstrip("`")
        raise Invalid.field(f"body.settings.{name}" if name else "body.settings", reason) from None


def _whole(value: object) -> object:
    """JSON has one kind of number: 20.0 is a whole one."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _finite(value: object) -> bool:
    if isinstance(value, float):
        return isfinite(value)
    if isinstance(value, Mapping):
        return all(_finite(item) for item in value.values())
    return not isinstance(value, list) or all(_finite(item) for item in value)


def _schema() -> dict[str, Any]:
    """The wire's own bounds as JSON Schema, with its definitions put in place."""
    (_,), parts = msgspec.json.schema_components([CameraSettings], ref_template="{name}")
    schema: dict[str, Any] = parts["CameraSettings"]
    for name, item in schema["properties"].items():
        if "$ref" in item:
            schema["properties"][name] = {**parts[item["$ref"]], "default": item["default"]}
    schema["properties"]["detect_url"]["pattern"] = source_url.SECOND_URL
    return {**schema, "additionalProperties": False}


SCHEMA: dict[str, Any] = _schema()
