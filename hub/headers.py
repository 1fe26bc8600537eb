"""Security headers on every answer: nothing from elsewhere, nothing inline, no framing, no sniffing."""

from flask import Flask, Response, request

POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "connect-src 'self'{sockets}",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
FIXED = {
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def install(app: Flask, public_url: str) -> None:
    """Add them; older Safari does not count ws:// of the same host as 'self', so the public one is named."""
    scheme, _, host = public_url.partition("://")
    socket = "wss" if scheme == "https" else "ws"
    fixed = {**FIXED, "Content-Security-Policy": POLICY.format(sockets=f" {socket}://{host.partition('/')[0]}")}
    if scheme == "https":
        fixed["Strict-Transport-Security"] = "max-age=31536000"

    @app.after_request
    def secure(answer: Response) -> Response:
        for name, value in fixed.items():
            answer.headers.setdefault(name, value)
        if request.path.startswith("/api/"):
            answer.headers.setdefault("Cache-Control", "no-store")
        return answer
