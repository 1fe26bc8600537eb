"""One decorator per route: who may, what goes in, what comes out; checks all of it and writes the OpenAPI document."""

import json
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec
from urllib.parse import unquote_to_bytes

from flask import Request, Response
from pydantic import BaseModel, ValidationError
from spectree import Response as Answers
from spectree import SecurityScheme, SpecTree
from spectree.models import InType, SecureType, SecuritySchemeData
from spectree.plugins.base import Context
from spectree.plugins.flask_plugin import FlaskPlugin
from werkzeug.exceptions import RequestEntityTooLarge

from hub.api.kinds import Body
from hub.api.problem import MEDIA_TYPE, Problem, invalid
from hub.auth.guard import Role, requires
from hub.auth.scopes import SCOPES, scope_of
from hub.errors import Invalid, Malformed, WrongMediaType
from hub.services import services

P = ParamSpec("P")
PATH_SCHEMAS = {
    "id": {"type": "integer", "minimum": 1, "maximum": 10**15 - 1},
    "device": {"type": "string", "pattern": "^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$", "maxLength": 64},
}
ALWAYS = (400, 413, 414, 422, 503)
_scopes: dict[str, str] = {}  # by operation id: what `operation` was told, for the document


class StrictFlask(FlaskPlugin):
    """Spectree on Flask, but unknown and repeated parameters, other media types and unreadable bodies are refused."""

    def request_validation(
        self, request: Request, query: Any, json: Any, _form: object, _headers: object, _cookies: object
    ) -> None:
        request.context = Context(_query(request, query), _body(request, json), None, None, None)  # type: ignore[attr-defined]

    def validate_response(
        self, resp: Any, resp_model: Answers | None, skip_validation: bool, force_resp_serialize: bool
    ) -> tuple[Response, Exception | None]:
        """A Response is sent as the view has made it; spectree would read it again."""
        if isinstance(resp, Response):
            return resp, None
        return super().validate_response(resp, resp_model, skip_validation, force_resp_serialize)  # type: ignore[no-any-return]

    def parse_path(self, route: Any, path_parameter_descriptions: Mapping[str, str] | None) -> tuple[str, list[Any]]:
        path, parameters = super().parse_path(route, path_parameter_descriptions)
        for parameter in parameters:
            converter = type(route._converters[parameter["name"]]).__name__.removesuffix("Converter").lower()
            parameter["schema"] = parameter["schema"] or PATH_SCHEMAS[converter]
        return path, parameters


spec = SpecTree(
    backend=StrictFlask,
    mode="strict",
    path="api/docs/spectree",
    title="Watchpost",
    description="Faces at doors: cameras, devices, alerts. Errors are RFC 9457 `application/problem+json`.",
    validation_error_model=Problem,
    naming_strategy=lambda model: model.__name__,
    nested_naming_strategy=lambda _parent, child: child,
    security_schemes=[
        SecurityScheme(name="bearer", data=SecuritySchemeData(SecureType.HTTP, scheme="bearer", bearer_format="JWT")),
        SecurityScheme(
            name="cookie",
            data=SecuritySchemeData(SecureType.API_KEY, name="access_token_cookie", field_in=InType.COOKIE),
        ),
    ],
)


def operation(
    tag: str, role: Role | None, answers: Mapping[int, type[BaseModel] | None], *errors: int, scope: str | None = None
) -> Callable[[Callable[P, Any]], Callable[P, Response]]:
    """Guard and document a view. `role` None: anybody. `errors`: statuses beside the ones that every route may give.

    `scope` is what an API token needs; left out, it is made of the tag and of whether the method only reads.

    A view takes `query: SomeQuery` and `json: SomeBody` by these names if it is annotated so, and returns one of the
    answer models, `(model, status)`, or a Response. Strangers get 401 before their input is looked at.
    """
    statuses = sorted({*ALWAYS, *errors, *(() if role is None else (401, 403))})
    models: dict[str, Any] = {f"HTTP_{status}": model for status, model in answers.items()}
    models |= {f"HTTP_{status}": Problem for status in statuses if status not in answers}

    def decorate(view: Callable[P, Any]) -> Callable[P, Response]:
        security: list[dict[str, list[str]]] = [] if role is None else [{"bearer": []}, {"cookie": []}]
        about: dict[str, Any] = {"tags": [tag], "security": security, "operation_id": view.__name__}
        checked: Callable[P, Response] = spec.validate(resp=Answers(**models), **about)(view)
        if role is None:
            return checked
        _scopes[view.__name__] = tag if scope is None else scope
        return requires(role, _scopes[view.__name__])(checked)

    return decorate


def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document, with scopes, problems under their own media type, and bodies that may be left out."""
    described: dict[str, Any] = spec.spec
    described["components"]["securitySchemes"]["cookie"]["name"] = services().cookies.access
    optional = {f"#/components/schemas/{model.__name__}" for model in Body.__subclasses__() if model.absent_is_empty}
    for path in described["paths"].values():
        for method, entry in path.items():
            _tell_scope(entry, method.upper())
            if body := entry.get("requestBody"):
                body["required"] = body["content"]["application/json"]["schema"]["$ref"] not in optional
            for status, answer in entry["responses"].items():
                if status >= "400" and "application/json" in answer.get("content", {}):
                    answer["content"] = {MEDIA_TYPE: answer["content"]["application/json"]}
    return described


def _tell_scope(entry: dict[str, Any], method: str) -> None:
    """Write the scope that an API token needs where OpenAPI 3.1 has a place for it: beside the scheme."""
    scope = scope_of(_scopes.get(entry["operationId"], ""), method)
    for alternative in entry.get("security", []):
        if "bearer" in alternative:
            alternative["bearer"] = [scope] if scope in SCOPES else []


def _query(request: Request, model: type[BaseModel] | None) -> BaseModel | None:
    _check_encoding(request.query_string)
    names = list(request.args)
    repeated = [name for name in names if len(request.args.getlist(name)) > 1]
    refused = repeated if model else names
    if refused:
        what = "given more than once" if model else "no such parameter"
        errors = [(f"query.{name[:64]}", what) for name in refused[:20]]
        raise Invalid(f"query.{refused[0][:64]}: {what}", *errors)
    try:
        return model.model_validate(request.args.to_dict()) if model else None
    except ValidationError as error:
        raise invalid(error, "query") from None


def _check_encoding(query: bytes) -> None:
    """Malformed for percent-encoded bytes that are no UTF-8: they would be read as something else."""
    try:
        unquote_to_bytes(query).decode()
    except UnicodeDecodeError:
        raise Malformed("the query is not UTF-8", ("query", "not UTF-8")) from None


def _body(request: Request, model: type[BaseModel] | None) -> BaseModel | None:
    if model is None:
        return None
    raw = request.get_data(cache=False)
    if request.content_length is None and len(raw) >= (request.max_content_length or 0):
        raise RequestEntityTooLarge  # of a chunked body werkzeug reads this much and drops the rest
    if request.content_encoding not in (None, "", "identity"):
        raise WrongMediaType("the body must not be compressed")
    if not raw and not (issubclass(model, Body) and model.absent_is_empty):
        raise Malformed("a JSON body is needed")
    if raw and request.mimetype != "application/json":
        raise WrongMediaType("the body must be application/json")
    try:
        checked = model.model_validate_json(raw or b"{}")
        json.loads(raw or b"{}", object_pairs_hook=_once)
        return checked
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        if first["type"] == "json_invalid":
            raise Malformed(f"the body is not JSON: {first['msg']}") from None
        raise invalid(error, "body") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; Invalid when it has a name twice, of which each reader would take another."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Invalid.field(f"body.{twice[:64]}", "given more than once")
    return found
