"""The web process: the Flask factory that puts the parts together, and the gunicorn that runs it."""

import gc
import json
import logging
import os
import socket
import struct
from typing import Any

from flask import Flask
from gunicorn import util
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.glogging import Logger as GunicornLogger
from gunicorn.http import wsgi
from gunicorn.workers import gthread
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

from hub import headers, request_log
from hub.api import (
    alerts,
    api_tokens,
    audit,
    auth,
    cameras,
    commands,
    devices,
    docs,
    enroll,
    health,
    problem,
    sessions,
    stats,
    system,
    users,
)
from hub.auth import tokens
from hub.dashboard import blueprint as dashboard
from hub.errors import PortTaken
from hub.live import blueprint as live
from hub.media import api as media_api
from hub.media import auth as media_auth
from hub.media import whep_proxy
from hub.metrics import Metrics
from hub.services import EXTENSION, Services
from hub.settings import Settings
from hub.store.db import open_database

BODY_LIMIT = 1024 * 1024
THREADS = 16
STOP_S = 2
STALLED_S = 20


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
    app.config.update(MAX_CONTENT_LENGTH=BODY_LIMIT)
    app.url_map.converters.update(id=IdConverter, device=DeviceConverter)
    _lend_connections(app, settings)
    metrics = Metrics(lambda: live.socket_count(app))
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
    for part in (
        auth,
        sessions,
        api_tokens,
        users,
        cameras,
        alerts,
        stats,
        live,
        devices,
        commands,
        enroll,
        audit,
        system,
        docs,
        media_api,
        media_auth,
        whep_proxy,
        dashboard,
    ):
        app.register_blueprint(part.blueprint)
    app.register_blueprint(health.blueprint_of(metrics))


class Server(BaseApplication):
    """gunicorn told by us alone: no command line, no configuration file, no control socket, our logs."""

    def __init__(self, settings: Settings, listener: socket.socket) -> None:
        self._settings = settings
        self._listener = listener
        super().__init__()

    def load_config(self) -> None:
        """Threads answer requests; a stop waits two seconds for those that run."""
        options: dict[str, object] = {
            "bind": f"fd://{self._listener.detach()}",
            "worker_class": "gthread",
            "workers": self._settings.web_workers,
            "threads": THREADS,
            "worker_connections": 4000,
            "keepalive": 15,
            "limit_request_line": 8190,
            "timeout": 60,
            "graceful_timeout": STOP_S,
            "control_socket_disable": True,
            "logger_class": GunicornLog,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Called in each worker, so that no database connection is shared between processes."""
        app = create_app(self._settings)
        gc.freeze()  # all of this stays: collections look at what requests leave behind, and are short
        return app


class GunicornLog(GunicornLogger):
    """gunicorn's own messages, from warnings up, through the program's logging."""

    def setup(self, cfg: Config) -> None:
        self.cfg = cfg
        self.error_log.propagate = True
        self.error_log.setLevel(logging.WARNING)


def serve(settings: Settings) -> None:
    """Run the web process until SIGTERM or SIGINT; PortTaken when the address cannot be had."""
    server = Server(settings, listen(settings.bind))
    gthread.STOP_KEEPALIVE_LINGER = 0.5  # type: ignore[attr-defined]  # seconds; with STOP_S the stop takes at most 3
    util.write_error = _write_refusal  # what cannot be parsed as HTTP never reaches the app
    wsgi.SERVER = "watchpost"  # type: ignore[attr-defined]  # not which server in which version
    master = os.getpid()
    try:
        server.run()
    except SystemExit as end:
        if os.getpid() != master:  # a worker: what its parent has opened is not its to close
            logging.shutdown()
            os._exit(end.code if isinstance(end.code, int) else 1)
        if end.code:
            raise


def _write_refusal(sock: socket.socket, status_int: int, reason: str, mesg: str) -> None:  # noqa: ARG001
    """A problem as the app gives them, for requests that gunicorn refuses; without the client's own words."""
    body = json.dumps({"type": "about:blank", "title": reason, "status": status_int, "detail": reason, "errors": []})
    head = f"HTTP/1.1 {status_int} {reason}\r\nConnection: close\r\nContent-Type: {problem.MEDIA_TYPE}\r\n"
    util.write_nonblock(sock, f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())


def listen(bind: str) -> socket.socket:
    """A listening socket, now rather than in gunicorn, which would try for five seconds."""
    host, _, port = bind.rpartition(":")
    try:
        name = host.strip("[]") or None
        found = socket.getaddrinfo(name, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _canonical, address = found[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):  # inherited by connections: no peer holds a thread
            listener.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", STALLED_S, 0))
        listener.bind(address)
        listener.listen(1024)
    except OSError as error:
        raise PortTaken(f"cannot listen on {bind}: {(error.strerror or str(error)).lower()}") from error
    return listener
