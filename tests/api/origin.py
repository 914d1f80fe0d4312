"""An origin's recordings, as far as the control role asks for them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


FILES = {"index.m3u8": b"#EXTM3U\nvideo-0.mp4\n", "video-0.mp4": bytes(range(200)) * 5}
TOKEN = "fleet-token"
TYPES = {"m3u8": "application/vnd.apple.mpegurl", "mp4": "video/mp4"}


class Origin(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Asked)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Asked(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Origin

    def do_GET(self) -> None:
        self.server.asked.append(f"GET {self.path}")
        name = self.path.rpartition("/")[2]
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            self._reply(HTTPStatus.UNAUTHORIZED)
        elif "bytes=" in (self.headers["Range"] or ""):
            first, last = map(int, self.headers["Range"].removeprefix("bytes=").split("-"))
            body = FILES[name]
            span = {"Content-Range": f"bytes {first}-{last}/{len(body)}"}
            self._reply(HTTPStatus.PARTIAL_CONTENT, body[first : last + 1], name, span)
        else:
            self._reply(HTTPStatus.OK, FILES[name], name)

    def do_DELETE(self) -> None:
        self.server.asked.append(f"DELETE {self.path}")
        self._reply(HTTPStatus.NO_CONTENT)

    def _reply(
        self,
        status: HTTPStatus,
        body: bytes = b"",
        name: str = "",
        more: dict[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if name:
            self.send_header("Content-Type", TYPES[name.rpartition(".")[2]])
            self.send_header("Set-Cookie", "origin=1")
        for field, value in (more or {}).items():
            self.send_header(field, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Tests read what the origin was asked in ``asked``."""


@contextmanager
def origin() -> Iterator[Origin]:
    with Origin() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
