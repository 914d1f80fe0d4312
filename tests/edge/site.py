"""A model origin behind the engine: what it would have said is known, so every reply can be judged."""

from dataclasses import dataclass, field, replace

from tests.edge.world import SMALL, World

from manycast.cache import ranges
from manycast.edge.commands import Fetch, Waiter
from manycast.edge.engine import Engine
from manycast.settings.cache import CacheSettings
from manycast.std.http1 import Fields, Headers, field as one_field, values


RULES = CacheSettings(slice_bytes=16, stale_away_s=0.0, variants_max=3)
LIFETIME_S = 10.0
WHILE_S = 5.0
ERROR_S = 20.0
CONTROLS = {
    "/plain": b"max-age=10",
    "/weak": b"max-age=10",
    "/varied": b"max-age=10",
    "/mine": b"private",
    "/while": b"max-age=10, stale-while-revalidate=5",
    "/error": b"max-age=10, stale-if-error=20",
    "/asked": b"no-cache",
    "/large": b"max-age=10",
}
PATHS = sorted(CONTROLS)


@dataclass
class Wanted:
    """A viewer's request, and what it may expect."""

    path: str
    headers: Headers
    at: float
    least: int
    """Version that it may expect at least."""


@dataclass
class Served:
    """What the origin answers one fetch, piece by piece."""

    body: bytes
    sent: int = 0


@dataclass
class Site(World):
    engine: Engine = field(
        default_factory=lambda: Engine(
            replace(SMALL, memory_bytes=12_000, joiners_max=50), b"me", rules=RULES
        )
    )
    versions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PATHS, 0))
    replaced: dict[tuple[str, int], float] = field(default_factory=dict)
    """When each version ceased to be the origin's."""
    least: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PATHS, 0))
    wanted: dict[Waiter, Wanted] = field(default_factory=dict)
    served: dict[int, Served] = field(default_factory=dict)
    judged: set[Waiter] = field(default_factory=set)

    # The origin.

    def body(self, path: str, version: int, language: bytes, owner: bytes) -> bytes:
        told = b"%s %d %s %s|" % (path.encode(), version, language, owner)
        return told * (40 if path == "/large" else 3)

    def body_for(self, path: str, version: int, headers: Fields) -> bytes:
        language = one_field(headers, b"accept-language") or b"-"
        owner = one_field(headers, b"cookie") or b"-"
        return self.body(
            path,
            version,
            language if path == "/varied" else b"-",
            owner if path == "/mine" else b"-",
        )

    def tag(self, path: str, version: int) -> bytes:
        return (b"W/" if path == "/weak" else b"") + b'"%d"' % version

    def change(self, path: str) -> None:
        self.replaced[path, self.versions[path]] = self.now
        self.versions[path] += 1

    def head(self, number: int, *, error: bool = False) -> None:
        """Answer a fetch as things are now."""
        fetch = self.fetches[number]
        path = fetch.target.decode()
        if error:
            self._begin(number, 503, (), b"trouble")
        elif fetch.method == "PUT":
            self.change(path)
            self.least[path] = self.versions[path]
            self._begin(number, 204, (), b"")
        else:
            self._get(number, fetch, path)

    def _get(self, number: int, fetch: Fetch, path: str) -> None:
        lines = [line.partition(b": ") for line in fetch.fields.split(b"\r\n") if line]
        asked = tuple((name, value) for name, _, value in lines)
        version = self.versions[path]
        tag = self.tag(path, version)
        own = [(b"cache-control", CONTROLS[path]), (b"etag", tag)]
        if path == "/varied":
            own.append((b"vary", b"accept-language"))
        body = self.body_for(path, version, asked)
        if tag in values(asked, b"if-none-match"):
            self._begin(number, 304, own, b"")
            return
        found = ranges.wanted(asked, RULES)
        spans = None if found is None else ranges.satisfiable(found, len(body))
        if spans is None or fetch.method == "HEAD" or len(spans) > 1:
            self._begin(number, 200, own, body, headless=fetch.method == "HEAD")
        elif not spans:
            own = [(b"content-range", ranges.told(None, len(body)))]
            self._begin(number, 416, own, b"")
        else:
            own.append((b"content-range", ranges.told(spans[0], len(body))))
            self._begin(number, 206, own, body[spans[0].first : spans[0].end])

    def _begin(
        self, number: int, status: int, fields: Fields, body: bytes, *, headless: bool = False
    ) -> None:
        length = None if status in {204, 304} else len(body)
        self.served[number] = Served(b"" if headless else body)
        self.answer(number, *fields, status=status, length=length)
        if number in self.fetches and (headless or status in {204, 304}):
            self.end(number)
        self._forget()

    def send(self, number: int, size: int) -> None:
        """Some more of a body; the last of it ends the reply."""
        served = self.served[number]
        piece = served.body[served.sent : served.sent + size]
        served.sent += len(piece)
        if piece:
            self.perform(self.engine.data(number, piece, self.now))
        if number in self.fetches and served.sent == len(served.body):
            self.end(number)
        self._forget()

    def _forget(self) -> None:
        for number in [n for n in self.served if n not in self.fetches]:
            del self.served[number]

    # Viewers.

    def want(self, path: str, method: str, headers: Headers) -> int:
        self.wanted[self.waiters + 1] = Wanted(path, headers, self.now, self.least[path])
        return self.ask(path, method, *headers)

    def short(self, path: str, headers: Headers) -> bool:
        """By the fast path, as the server would; whether it took it."""
        profile = self.engine.accepts(headers)
        reply = None if profile is None else self.engine.hit(path.encode(), profile, self.now)
        if reply is None:
            return False
        self.waiters += 1
        self.wanted[self.waiters] = Wanted(path, headers, self.now, self.least[path])
        self.settled[self.waiters] += 1
        start, _, body = b"".join(reply).partition(b"\r\n\r\n")
        self.replies[self.waiters] = (start + b"\r\n", body)
        return True

    def judge(self) -> None:
        """Every reply that came is one that the rules allow."""
        for waiter in [w for w in self.settled if w not in self.judged]:
            self.judged.add(waiter)
            if waiter in self.replies:
                start, body = self.replies[waiter]
                self._judge(self.wanted[waiter], int(start[9:12]), _fields(start), body)
            elif waiter in self.bodies and waiter not in self.cut:
                begin = self.heads[waiter]
                self._judge(
                    self.wanted[waiter], begin.status, tuple(begin.fields), self.bodies[waiter]
                )

    @property
    def cut(self) -> set[Waiter]:
        return {waiter for command in self.others for waiter in getattr(command, "waiters", ())}

    def _judge(self, wanted: Wanted, status: int, headers: Headers, body: bytes) -> None:
        assert one_field(headers, b"cache-status") is not None
        assert one_field(headers, b"age") is not None
        if status not in {200, 206, 304}:
            return
        tag = one_field(headers, b"etag")
        assert tag is not None
        version = int(tag.strip(b'W/"'))
        assert version >= wanted.least, (
            "older than a purge or a change that came before the request"
        )
        self._judge_age(wanted, version, headers)
        if status == 304:
            asked = values(wanted.headers, b"if-none-match")
            assert tag.removeprefix(b"W/") in asked
        elif body:
            self._judge_body(wanted, version, status, headers, body)

    def _judge_age(self, wanted: Wanted, version: int, headers: Headers) -> None:
        replaced = self.replaced.get((wanted.path, version))
        if replaced is None:
            return
        how = one_field(headers, b"cache-status") or b""
        stale = {"/while": WHILE_S, "/error": ERROR_S if b"fwd=stale" in how else 0.0}
        lifetime = 0.0 if CONTROLS[wanted.path] in {b"private", b"no-cache"} else LIFETIME_S
        assert wanted.at <= replaced + lifetime + stale.get(wanted.path, 0.0), "too old"

    def _judge_body(
        self, wanted: Wanted, version: int, status: int, headers: Headers, body: bytes
    ) -> None:
        whole = self.body_for(wanted.path, version, wanted.headers)
        kind = one_field(headers, b"content-type") or b""
        if status == 200:
            assert body == whole, "bytes of another variant, version or viewer"
        elif kind.startswith(b"multipart/byteranges"):
            self._judge_parts(wanted, whole, body)
        else:
            told = ranges.content_range(headers)
            assert told is not None
            assert told.span is not None
            assert told.length == len(whole)
            assert body == whole[told.span.first : told.span.end]

    def _judge_parts(self, wanted: Wanted, whole: bytes, body: bytes) -> None:
        found = ranges.wanted(wanted.headers, RULES)
        spans = ranges.satisfiable(found or [], len(whole))
        assert spans
        assert body == b"".join(ranges.multipart([whole], spans, len(whole), b"", b"me"))


def _fields(start: bytes) -> Headers:
    found = [line.partition(b": ") for line in start.split(b"\r\n")[1:] if line]
    return tuple((name, value) for name, _, value in found)
