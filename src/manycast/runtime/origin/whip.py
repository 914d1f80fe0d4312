"""Publishers over WebRTC: WHIP (RFC 9725) over the origin's HTTP, a process for each publisher."""

import asyncio
import hmac
import logging
import secrets
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec

from manycast.media import flv
from manycast.media.errors import MediaError
from manycast.media.frame_rate import Opening
from manycast.model.media import StreamInfo
from manycast.model.refusals import RefusedError, UnknownKeyError
from manycast.model.whip import WhipAnswer, WhipOffer, offer_line, read_answer
from manycast.runtime.ffmpeg.child import READ_BYTES, Child, started
from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.request import Request
from manycast.runtime.ingest import Caller, Door, Publisher
from manycast.settings.whip import WhipSettings


log = logging.getLogger("manycast.whip")

PATH = "whip"
COMMAND = sys.executable, "-m", "manycast.cli.whip"
"""Runs the process of a publisher."""
SDP = b"application/sdp"
OFFER_BYTES_MAX = 65_536
"""Browsers offer some kilobytes."""
STOPPING = "This origin is stopping."
"""To publishers who come back at once: nobody would end them any more."""
GOODBYE_S = 3.0
"""For a publisher's process, once it is told to end."""
_TEXT = (b"content-type", b"text/plain; charset=utf-8")
_ANYBODY = (b"access-control-allow-origin", b"*")
"""Pages of other sites may publish here too: what they need is the key, and no cookie is looked at."""
_PREFLIGHT = [
    _ANYBODY,
    (b"access-control-allow-methods", b"POST, DELETE, OPTIONS"),
    (b"access-control-allow-headers", b"authorization, content-type"),
    (b"access-control-expose-headers", b"location"),
    (b"access-control-max-age", b"86400"),
    (b"accept-post", SDP),
]


@dataclass(frozen=True, slots=True)
class WhipMeans:
    """``token`` is the fleet's, with which the control role lets people publish who have proved themselves to it."""

    settings: WhipSettings
    command: Sequence[str]
    """Runs the process of one publisher; ``--output N`` is added."""
    door: Door
    token: str
    tasks: asyncio.TaskGroup


def places(settings: WhipSettings) -> int:
    """For publishers at once; 0 where nothing is installed that speaks WebRTC."""
    return settings.sessions_max if find_spec("aiortc") is not None else 0


class Whip:
    """Answers what is at ``/whip`` and below."""

    def __init__(self, means: WhipMeans) -> None:
        self._means = means
        self._visits: dict[str, Visit] = {}
        self._stopped = False
        self._bearer = f"Bearer {means.token}".encode() if means.token else b""

    def answer(self, exchange: Exchange, names: list[str]) -> None:
        match exchange.request.method, names:
            case "OPTIONS", _:
                exchange.send(204, _PREFLIGHT)
            case "POST", [] | [_]:
                self._publish(exchange, *names)
            case "DELETE", ["sessions", name]:
                self._end(exchange, name)
            case _, ["sessions", _]:
                refuse(
                    exchange,
                    405,
                    "Candidates are sent in the offer: only DELETE is taken.",
                    "DELETE",
                )
            case _:
                refuse(exchange, 405, "Publish with POST.", "POST")

    async def stop(self) -> None:
        """End every publisher and take no more; returns when their processes are gone."""
        self._stopped = True
        async with asyncio.TaskGroup() as group:
            for visit in list(self._visits.values()):
                group.create_task(visit.end())

    def _publish(self, exchange: Exchange, channel: str = "") -> None:
        problem = _unfit(exchange.request) or self._no_room()
        if problem is not None:
            refuse(exchange, *problem)
            return
        visit = Visit(self._means, exchange, self._visits)

        def admitted(answer: Publisher | RefusedError) -> None:
            if self._stopped and not isinstance(answer, RefusedError):
                answer.lost(STOPPING, clean=True)
                refuse(exchange, 503, STOPPING)
            else:
                visit.admitted(answer)

        shown = exchange.request.header(b"authorization") or b""
        if channel and self._bearer and hmac.compare_digest(shown, self._bearer):
            try:
                admitted(self._means.door.enter(channel, visit.caller))
            except RefusedError as error:
                admitted(error)
            return
        key = shown.decode("latin-1").partition(" ")[2].strip()
        give_up = self._means.door.admit(key, visit.caller, admitted)
        exchange.on_closed(give_up)

    def _no_room(self) -> tuple[int, str] | None:
        limit = self._means.settings.sessions_max
        if self._stopped:
            return 503, STOPPING
        if not limit:
            return 404, "Publishing over WebRTC is turned off here (whip.sessions_max)."
        if find_spec("aiortc") is None:
            return (
                501,
                "Nothing here speaks WebRTC: install manycast with its extra, manycast[whip].",
            )
        if len(self._visits) >= limit:
            return 503, f"{limit} publish over WebRTC already (whip.sessions_max)."
        return None

    def _end(self, exchange: Exchange, name: str) -> None:
        visit = self._visits.get(name)
        if visit is None:
            refuse(exchange, 404, "There is no such session, or no more.")
            return
        exchange.send(200, [_ANYBODY])
        self._means.tasks.create_task(visit.end())


class Visit:
    """One publisher, from its offer to its end."""

    def __init__(self, means: WhipMeans, exchange: Exchange, visits: "dict[str, Visit]") -> None:
        self.caller = Caller(exchange.peer, "whip")
        self.name = secrets.token_urlsafe(16)
        """Who knows it may end the session."""
        self._means = means
        self._exchange = exchange
        self._visits = visits
        self._child: Child | None = None
        self._over = asyncio.Event()
        self._told = False

    def admitted(self, answer: Publisher | RefusedError) -> None:
        if isinstance(answer, RefusedError):
            status = 401 if isinstance(answer, UnknownKeyError) else 409
            refuse(self._exchange, status, f"{answer}.")
        elif self._exchange.closed:
            answer.lost("it left before it was answered", clean=True)
        else:
            self._visits[self.name] = self
            self._means.tasks.create_task(self._run(answer))

    async def end(self) -> None:
        """Tell its process to end; returns when it is gone."""
        self._told = True
        if self._child is not None and not self._child.input_ended:
            self._child.end_input()
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_S):
                await self._over.wait()
        if self._child is not None:
            self._child.kill()
        await self._over.wait()

    async def _run(self, publisher: Publisher) -> None:
        """A fault of our own ends this publisher and nobody else's."""
        reason = "a fault in manycast itself: its log says more"
        try:
            reason = await self._serve(publisher)
        except Exception:
            log.exception(
                "%s: ended by a fault in manycast itself; please report it", self.caller.peer
            )
        finally:
            del self._visits[self.name]
            self._over.set()
        if not self._exchange.answered:
            refuse(self._exchange, 503, f"{reason}.")
        publisher.lost(reason, clean=self._told)

    async def _serve(self, publisher: Publisher) -> str:
        """Why it ended."""
        try:
            async with started(self._argv, 1) as child:
                self._child = child
                async with asyncio.TaskGroup() as group:
                    listening = group.create_task(child.listen())
                    reason = await self._converse(child, publisher)
                    child.kill()
                    await listening
            return reason or child.words() or "its process ended without a word"
        except OSError as error:
            return f"its process does not start: {error}"

    async def _converse(self, child: Child, publisher: Publisher) -> str:
        """Why it ended; empty: what the process said last says it."""
        settings, output = self._means.settings, child.outputs[0]
        try:
            async with asyncio.timeout(settings.start_ms / 1000):
                await child.write(offer_line(_offer(self._exchange.request.body, settings)))
                answer = read_answer(await output.readline())
        except TimeoutError:
            return "its process does not answer in time: the machine is overloaded"
        except (ConnectionError, ValueError):
            return ""
        if not answer.sdp:
            refuse(self._exchange, 406, f"{answer.refusal}.")
            return answer.refusal
        self._accept(answer)
        return await _carry(output, publisher, answer)

    def _accept(self, answer: WhipAnswer) -> None:
        location = f"/{PATH}/sessions/{self.name}".encode()
        fields = [
            (b"content-type", SDP),
            (b"location", location),
            (b"cache-control", b"no-store"),
            (b"access-control-expose-headers", b"location"),
            _ANYBODY,
        ]
        self._exchange.send(201, fields, answer.sdp.encode())

    def _argv(self, outputs: Sequence[int]) -> list[str]:
        return [*self._means.command, "--output", str(outputs[0])]


def _unfit(request: Request) -> tuple[int, str] | None:
    kind = (request.header(b"content-type") or b"").partition(b";")[0].strip().lower()
    if not (request.header(b"authorization") or b"").lower().startswith(b"bearer "):
        return 401, "Publish with a stream key as the bearer token."
    if kind != SDP:
        return 415, "Send an offer as application/sdp."
    if len(request.body) > OFFER_BYTES_MAX:
        return 413, f"An offer has {OFFER_BYTES_MAX} bytes at most."
    return None


async def _carry(output: asyncio.StreamReader, publisher: Publisher, answer: WhipAnswer) -> str:
    """Pass on what the publisher sends; why it ended, as far as that is known here."""
    demuxer = flv.Demuxer()
    opening = Opening(StreamInfo(has_video=True, has_audio=answer.audio, encoder="WebRTC"))
    try:
        while data := await output.read(READ_BYTES):
            for came in demuxer.feed(data):
                for item in opening.feed(came):
                    publisher.media(item)
    except (MediaError, RefusedError) as error:
        return str(error)
    return ""


def _offer(body: bytes, settings: WhipSettings) -> WhipOffer:
    """Raises ValueError."""
    return WhipOffer(
        sdp=body.decode(),
        keyframe_ms=settings.keyframe_ms,
        connect_ms=settings.connect_ms,
        silent_ms=settings.silent_ms,
        addresses=settings.addresses,
        udp_ports=settings.udp_ports,
    )


def refuse(exchange: Exchange, status: int, text: str, allow: str = "") -> None:
    fields = [_TEXT, (b"cache-control", b"no-store"), _ANYBODY]
    if status == 401:
        fields.append((b"www-authenticate", b"Bearer"))
    if status == 503:
        fields.append((b"retry-after", b"2"))
    if allow:
        fields.append((b"allow", allow.encode()))
    exchange.send(status, fields, f"{text}\n".encode())
