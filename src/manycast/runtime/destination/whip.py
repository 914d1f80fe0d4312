"""WHIP (RFC 9725): WebRTC to a server. ffmpeg sends the media; the offer goes through us, so that the token is on no command line
and what the server says is heard in its own words."""

import asyncio
import secrets
import ssl
from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx2

from manycast.destination.sender import Timed
from manycast.model.destinations import DestinationGrant
from manycast.model.media import AudioCodec, AudioConfig, VideoCodec, VideoConfig
from manycast.model.refusals import RefusedError
from manycast.runtime.destination.piped import Piped, last_line


ANSWER_S: Final = 8.0
"""For the server's answer to an offer."""
GOODBYE_S: Final = 1.0
SDP_BYTES_MAX: Final = 65_536
OPUS_BPS: Final = 128_000
REFUSED: Final = {
    401: "the token is not the server's: copy it again",
    403: "the token may not publish there",
    404: "there is nothing at this address: copy it again",
    405: "this address takes no WHIP",
    406: "the server does not take H.264 with Opus",
    409: "somebody else publishes there already",
}


@dataclass(frozen=True, slots=True)
class _Asked:
    method: str
    body: bytes


class WhipWay:
    """Follows ``runtime.destination.way``."""

    round_trip_ms: float | None = None

    def __init__(
        self,
        grant: DestinationGrant,
        configs: tuple[VideoConfig, AudioConfig],
        trust: ssl.SSLContext | None,
        ffmpeg: str | None,
        at: str = "",
    ) -> None:
        """``at`` is the network's address to connect to; empty: as the host's name says."""
        if configs[0].codec is not VideoCodec.AVC:
            raise ValueError("WHIP carries H.264 here: choose another rendition, or an own encode")
        self._url = grant.url
        self._token = grant.key
        self._at = at
        self._configs = configs
        self._trust = trust
        self._ffmpeg = ffmpeg
        self._path = f"/{secrets.token_urlsafe(16)}"
        """Where our ffmpeg asks: nobody else of this machine can guess it."""
        self._session = ""
        self._trouble: Exception | None = None
        """How the server took the offer, if not well: better words than ffmpeg's."""
        self._piped: Piped | None = None
        self._closing = False

    @property
    def waiting_bytes(self) -> int:
        return 0 if self._piped is None else self._piped.waiting_bytes

    @property
    def sent_bytes(self) -> int:
        return 0 if self._piped is None else self._piped.sent_bytes

    async def run(self, opened: Callable[[], None], room: Callable[[], None]) -> None:
        async with (
            httpx2.AsyncClient(
                timeout=ANSWER_S,
                trust_env=False,
                verify=True if self._trust is None else self._trust,
                headers={"accept-encoding": "identity"},
            ) as http,
            await asyncio.start_server(
                lambda reader, writer: self._answer(http, reader, writer), "127.0.0.1", 0
            ) as server,
        ):
            port = server.sockets[0].getsockname()[1]
            self._piped = Piped(
                self._ffmpeg,
                self._output(port),
                self._configs,
                self._verdict,
                silence=self._configs[1].codec != AudioCodec.OPUS,
            )
            try:
                if not self._closing:
                    await self._piped.run(opened, room)
            finally:
                await self._say_goodbye(http)

    def send(self, batch: Sequence[Timed]) -> None:
        if self._piped is not None:
            self._piped.send(batch)

    def close(self, *, goodbye: bool) -> None:
        self._closing = True
        if self._piped is not None:
            self._piped.close(goodbye=goodbye)

    def _output(self, port: int) -> tuple[str, ...]:
        sound = (
            ("-c:a", "copy")
            if self._configs[1].codec == AudioCodec.OPUS
            else ("-c:a", "libopus", "-b:a", str(OPUS_BPS), "-ar", "48000", "-ac", "2")
        )
        return (
            "-c:v",
            "copy",
            "-bsf:v",
            "h264_mp4toannexb",
            *sound,
            "-f",
            "whip",
            f"http://127.0.0.1:{port}{self._path}",
        )

    def _verdict(self, words: str) -> Exception:
        if self._trouble is not None:
            return self._trouble
        return OSError(f"WHIP: {last_line(words) or 'the connection broke off'}")

    # What ffmpeg asks, and the server's answer

    async def _answer(
        self, http: httpx2.AsyncClient, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            async with asyncio.timeout(ANSWER_S):
                asked = await self._asked(reader)
                status, body = await self._offer(http, asked.body) if asked.body else (200, b"")
                location = f"location: {self._path}\r\n" if status == 201 else ""
                head = f"HTTP/1.1 {status} .\r\ncontent-type: application/sdp\r\n{location}"
                head += f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
                writer.write(head.encode() + body)
                await writer.drain()
        writer.close()

    async def _asked(self, reader: asyncio.StreamReader) -> _Asked:
        """Raises ValueError for anybody but our ffmpeg."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, path, *_ = head.split(" ", 2)
        if path != self._path:
            raise ValueError("not our ffmpeg")
        fields = (line.partition(":") for line in head.splitlines()[1:])
        sizes = [int(value) for name, _, value in fields if name.lower() == "content-length"]
        size = sizes[0] if sizes else 0
        if size > SDP_BYTES_MAX:
            raise ValueError("an offer that is too long")
        return _Asked(method, await reader.readexactly(size) if method == "POST" else b"")

    async def _offer(self, http: httpx2.AsyncClient, offer: bytes) -> tuple[int, bytes]:
        headers = {"content-type": "application/sdp", **self._proof()}
        try:
            request = self._request(http, "POST", self._url, headers, offer)
            async with aclosing(await http.send(request, stream=True)) as reply:
                answer = await _beginning(reply)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            self._trouble = OSError(
                f"nobody answers at {urlsplit(self._url).netloc}: {_why(error)}"
            )
            return 502, b""
        if reply.status_code == httpx2.codes.CREATED:
            self._session = urljoin(self._url, reply.headers.get("location", ""))
        elif reply.status_code in REFUSED:
            self._trouble = RefusedError(REFUSED[reply.status_code])
        else:
            self._trouble = OSError(
                f"the server answered {reply.status_code} to our offer: look at its log"
            )
        return reply.status_code, answer

    def _request(
        self,
        http: httpx2.AsyncClient,
        method: str,
        url: str,
        headers: dict[str, str],
        body: bytes = b"",
    ) -> httpx2.Request:
        named = httpx2.URL(url)
        if not self._at:
            return http.build_request(method, named, headers=headers, content=body)
        return http.build_request(
            method,
            named.copy_with(host=self._at),
            headers=headers | {"host": named.netloc.decode("ascii")},
            content=body,
            extensions={"sni_hostname": named.host},
        )

    def _proof(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._token}"} if self._token else {}

    async def _say_goodbye(self, http: httpx2.AsyncClient) -> None:
        """Only where the offer went: a token is nobody else's business."""
        here, there = urlsplit(self._url), urlsplit(self._session)
        if self._session and (here.scheme, here.netloc) == (there.scheme, there.netloc):
            with suppress(httpx2.HTTPError, TimeoutError):
                async with asyncio.timeout(GOODBYE_S):
                    request = self._request(http, "DELETE", self._session, self._proof())
                    await (await http.send(request, stream=True)).aclose()


async def _beginning(reply: httpx2.Response) -> bytes:
    """As much as an answer may have: the rest of what somebody sends without end is not read."""
    body = b""
    async for piece in reply.aiter_raw(SDP_BYTES_MAX):
        body += piece
        if len(body) >= SDP_BYTES_MAX:
            break
    return body[:SDP_BYTES_MAX]


def _why(error: Exception) -> str:
    match error:
        case httpx2.TimeoutException():
            return "it does not answer in time"
        case httpx2.ConnectError():
            return "is the address right, the server running, its certificate valid?"
        case _:
            return "it broke off, or does not speak HTTP"
