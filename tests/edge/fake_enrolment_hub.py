"""A hub that only enrols, over HTTP or HTTPS on a free port: tokens, approval and every kind of trouble on demand."""

import json
import ssl
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

from throwaway_ca import ThrowawayCa

Answer = tuple[int, bytes]


class FakeEnrolmentHub:
    """`tokens` are good once; `approved` decides on requests without one; `trouble`, if set, answers instead."""

    def __init__(self, ca: ThrowawayCa, tls: bool = False, mqtt_url: str = "mqtts://127.0.0.1:8883") -> None:
        self.ca = ca
        self.shown_ca: ThrowawayCa | None = None
        self.mqtt_url = mqtt_url
        self.tokens = {"good"}
        self.approved = False
        self.asked: list[dict[str, Any]] = []
        self.given: dict[str, bytes] = {}
        self.trouble: Callable[[], Answer] | None = None
        self._server = HTTPServer(("127.0.0.1", 0), self._handler())
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*ca.make("hub"))
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, asked: dict[str, Any]) -> Answer:
        self.asked.append(asked)
        if self.trouble is not None:
            return self.trouble()
        csr, token = asked["csr_pem"], asked.get("token")
        if csr not in self.given and (token in self.tokens or (token is None and self.approved)):
            self.tokens.discard(token)
            self.given[csr] = self.ca.sign(csr.encode(), "front-door")
        if csr in self.given:
            return 201, json.dumps(self._enrolled(csr)).encode()
        if token is not None:
            return 401, json.dumps({"title": "Unauthorized", "detail": "the token is wrong, used or expired"}).encode()
        return 202, b'{"device_id": "front-door", "state": "pending", "fingerprint": "ab:cd", "poll_after_s": 1}'

    def _enrolled(self, csr: str) -> dict[str, str]:
        return {
            "device_id": "front-door",
            "certificate_pem": self.given[csr].decode(),
            "ca_pem": (self.shown_ca or self.ca).ca_path.read_text(),
            "mqtt_url": self.mqtt_url,
            "media_rtsp_url": "rtsp://127.0.0.1:8554",
        }

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, content = hub.answer(body) if self.path == "/api/enroll" else (404, b"<html>")
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", "http://elsewhere.invalid/")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                """Tests are quiet."""

        return Handler
