"""Headers on every response, error pages too (``security.md`` T057, T058)."""

from flask import Flask, request
from werkzeug.wrappers import Response


def init_headers(app: Flask, https: bool) -> None:
    """Send them with everything; nothing but static files may be kept by a browser."""

    always = (
        ("Content-Security-Policy", app.config["CSP"]),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    )

    @app.after_request
    def add(response: Response) -> Response:
        response.headers.extend(always)
        if request.endpoint != "static" or response.status_code >= 400:
            response.headers["Cache-Control"] = "no-store"
        if https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        return response
