"""What every reply of the control role carries to keep browsers from being used against their users."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from manycast.api.addresses import AUTHORITY, edge_url
from manycast.settings.tree import Settings


FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": (
        "accelerometer=(), camera=(self), display-capture=(self), geolocation=(), gyroscope=(), hid=(),"
        " magnetometer=(), microphone=(self), midi=(), payment=(), serial=(), usb=()"
    ),
}
HSTS = "max-age=31536000"
"""A year; without subdomains, which may be somebody else's."""


class SecurityHeaders:
    """ASGI, around everything, so that errors of the framework carry them too."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._https = settings.control.public_url.startswith("https:")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host = Headers(scope=scope).get("host", "")

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message), host, scope["path"])
            await send(message)

        await self._app(scope, receive, with_headers)

    def _add(self, headers: MutableHeaders, host: str, path: str) -> None:
        for name, value in FIXED.items():
            headers[name] = value
        headers["Content-Security-Policy"] = content_policy(self._settings, host)
        if self._https:
            headers["Strict-Transport-Security"] = HSTS
        if path.startswith("/api/"):
            headers.setdefault("Cache-Control", "no-store")


def content_policy(settings: Settings, host: str) -> str:
    """Only our own scripts and styles; pictures and media also from the viewers' edge, for the preview."""
    edge = _origin(edge_url(settings, host)) if AUTHORITY.fullmatch(host) else ""
    beyond = f" {edge}" if edge else ""
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "font-src 'self'",
            f"img-src 'self' data: blob:{beyond}",
            f"media-src 'self' blob:{beyond}",
            f"connect-src 'self'{beyond}",
            "worker-src 'self' blob:",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
