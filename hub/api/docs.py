"""The API's own description: the OpenAPI document and a plain page of it that needs no script and no other host."""

from typing import Any

from flask import Blueprint, Response, jsonify, render_template

from hub.api.operation import document

blueprint = Blueprint(
    "docs", __name__, template_folder="templates", static_folder="static", static_url_path="/api/docs/static"
)


@blueprint.get("/api/openapi.json")
def openapi() -> Response:
    """OpenAPI 3.1."""
    return jsonify(document())


@blueprint.get("/api/docs")
def docs() -> str:
    """The same for people."""
    described = document()
    return render_template("docs.html", info=described["info"], tags=_by_tag(described), schemas=_schemas(described))


def _by_tag(described: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    tags: dict[str, list[dict[str, Any]]] = {}
    for path, entry in sorted(described["paths"].items()):
        for method, operation in sorted(entry.items()):
            tags.setdefault(operation["tags"][0], []).append({"method": method, "path": path, **operation})
    return dict(sorted(tags.items()))


def _schemas(described: dict[str, Any]) -> dict[str, Any]:
    return dict(sorted(described["components"]["schemas"].items()))
