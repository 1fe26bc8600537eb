"""The web process: the Flask factory that puts the parts together, and the gunicorn that runs it."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

from hub import headers, request_log
from hub.api import audit, auth, cameras, devices, docs, enroll, health, problem, users
from hub.auth import tokens
from hub.metrics import Metrics
from hub.secrets import secret_key
from hub.services import EXTENSION, Services
from hub.settings import Settings
from hub.store.db import open_database

BODY_LIMIT = 1024 * 1024
THREADS = 16


class IdConverter(BaseConverter):
    """A camera or user id in a path; longer digits are no id of ours, and no database could hold them."""

    regex = "[1-9][0-9]{0,14}"

    def to_python(self, value: str) -> int:
        return int(value)


class DeviceConverter(BaseConverter):
    """A device id in a path."""

    regex = "[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?"


def create_app(settings: Settings) -> Flask:
    """The hub's web application; `settings.database_url` names a database that exists and is migrated."""
    app = Flask("hub", static_folder=None, template_folder=None)
    shared = Services.open(settings)
    app.extensions[EXTENSION] = shared
    app.config.update(SECRET_KEY=secret_key(settings.secrets_dir, settings.secret_key), MAX_CONTENT_LENGTH=BODY_LIMIT)
    app.url_map.converters.update(id=IdConverter, device=DeviceConverter)
    _lend_connections(app, settings)
    metrics = Metrics()
    request_log.install(app, metrics)
    headers.install(app, settings.public_url)
    problem.install(app)
    tokens.install(app, shared)
    _register(app, metrics)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _lend_connections(app: Flask, settings: Settings) -> None:
    """A database connection is borrowed at a request's first query and goes back to the pool at its end."""
    database = open_database(settings.database_url, pool=THREADS + 4, program="watchpost web")

    @app.teardown_request
    def give_back(_error: BaseException | None) -> None:
        if not database.is_closed():
            database.close()


def _register(app: Flask, metrics: Metrics) -> None:
    for part in (auth, users, cameras, devices, enroll, audit, docs):
        app.register_blueprint(part.blueprint)
    app.register_blueprint(health.blueprint_of(metrics))
