"""The rules of one camera as the API takes and gives them; the wire's CameraSettings says what is allowed."""

from collections.abc import Mapping
from dataclasses import fields
from difflib import get_close_matches
from math import isfinite
from typing import Any

import msgspec

from edge.wire.messages import CameraSettings
from hub.errors import Invalid

NAMES = tuple(item.name for item in fields(CameraSettings))


def merged(current: Mapping[str, Any], changes: Mapping[str, Any]) -> CameraSettings:
    """The settings after a change that may name some of them only; Invalid names the field."""
    for name in changes:
        if name not in NAMES:
            close = get_close_matches(name, NAMES, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise Invalid.field(f"body.settings.{name[:64]}", f"no such setting{hint}")
    if not _finite(changes):
        raise Invalid.field("body.settings", "numbers must be finite")
    return _converted({**current, **changes})


def plain(settings: CameraSettings) -> dict[str, Any]:
    """Every setting with its value, as JSON has it."""
    values: dict[str, Any] = msgspec.to_builtins(settings)
    return values


def _converted(values: Mapping[str, Any]) -> CameraSettings:
    try:
        return msgspec.convert(values, CameraSettings)
    except (msgspec.ValidationError, RecursionError) as error:
        reason, _, place = str(error).partition(" - at `$.")
        name = place.rstrip("`")
        raise Invalid.field(f"body.settings.{name}" if name else "body.settings", reason) from None


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
    return {**schema, "additionalProperties": False}


SCHEMA: dict[str, Any] = _schema()
