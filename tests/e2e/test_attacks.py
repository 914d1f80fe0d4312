"""What strangers try on caches, against the real edge process before an origin that helps them.

Framing and parser attacks are in ``tests/runtime/http``. Sources: Kettle, Practical web cache poisoning
(2018); Gil, Web cache deception (2017); Nguyen and others, Your cache has fallen (CPDoS, 2019).
"""

import asyncio
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.e2e.edges import edge_process
from tests.runtime.edge.nodes import PATIENCE_S, Asking, Got, asking, served, until

from manycast.edge.guard.tokens import Permission, sign
from manycast.runtime import clock
from manycast.runtime.http.exchange import Exchange


pytestmark = pytest.mark.e2e

TOKEN = "0123456789abcdef0123456789abcdef"
BEARER = ("Authorization", f"Bearer {TOKEN}")
KEY = b"k" * 32
FRESH = (b"cache-control", b"max-age=600")


@dataclass
class Helpful:
    """An origin that does what attackers hope for: it reflects, confuses paths and answers anything."""

    asked: list[Exchange] = field(default_factory=list)
    slow: list[Exchange] = field(default_factory=list)
    edition: int = 0

    def application(self, exchange: Exchange) -> None:
        request = exchange.request
        if request.path == "/_manycast/purges":
            exchange.send(404)
            return
        self.asked.append(exchange)
        if request.path.startswith("/slow"):
            self.slow.append(exchange)
        elif request.path.startswith("/account"):
            exchange.send(200, ((b"content-type", b"text/css"),), b"alice's page")
        elif request.path.startswith("/login"):
            exchange.send(200, (FRESH, (b"set-cookie", b"session=alice")), b"alice")
        elif request.path.startswith("/varied"):
            exchange.send(
                200, (FRESH, (b"vary", b"User-Agent")), request.header(b"user-agent") or b""
            )
        elif len(request.header(b"x-big") or b"") > 4_000 or b"\x07" in (
            request.header(b"x-bell") or b""
        ):
            exchange.send(400, (), b"400 from the origin")
        else:
            exchange.send(200, (FRESH,), b"%d %s" % (self.edition, self.reflected(exchange)))

    @staticmethod
    def reflected(exchange: Exchange) -> bytes:
        """All that arrived beside the URL."""
        request = exchange.request
        ordinary = {b"host", b"via", b"cdn-loop", b"accept-encoding", b"content-length"}
        told = [b"%s=%s" % pair for pair in request.headers if pair[0] not in ordinary]
        return b" ".join([*told, request.body])


@dataclass
class Case:
    edge: Asking
    origin: Helpful

    async def get(
        self, target: str, *fields: tuple[str, str], method: str = "GET", body: bytes = b""
    ) -> Got:
        return await self.edge.get(target, *fields, method=method, body=body)

    async def number(self, name: str) -> int:
        text = (await self.get("/metrics")).body.decode()
        found = re.search(rf"^manycast_edge_{name} (\d+)$", text, re.MULTILINE)
        assert found is not None
        return int(found[1])


@asynccontextmanager
async def attacked(tmp_path: Path, settings: str = "") -> AsyncIterator[Case]:
    origin = Helpful()
    (tmp_path / "keys").write_bytes(KEY)
    config = tmp_path / "settings.toml"
    config.write_text(settings.format(tmp=tmp_path))
    async with served(origin.application) as parent:
        url = f"http://127.0.0.1:{parent.port}"
        async with (
            edge_process("--parent", url, "--config", str(config)) as (_, port),
            asking(port) as edge,
        ):
            yield Case(edge, origin)


SIGNED = '[guard]\nsigned = ["/vip/"]\nkey_file = "{tmp}/keys"\n'
ADMIN = f'[guard]\nadmin_token = "{TOKEN}"\n'


async def raw(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    async with asyncio.timeout(PATIENCE_S):
        reply = await reader.read()
    writer.close()
    return reply


def packed(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


async def test_forged_signatures_open_nothing_and_reach_no_origin(tmp_path: Path) -> None:
    now = clock.wall_ms() // 1_000
    good = sign(Permission("/vip/", now + 600), KEY)
    other = sign(Permission("/vip/b", now + 600), KEY)
    none = packed('{"alg":"none"}') + "." + packed(json.dumps({"exp": now + 600})) + "."
    forged = [
        sign(Permission("/vip/", now + 600), b"x" * 32), sign(Permission("/vip/", now - 1), KEY), other, none,
        good[:-2], good.upper(), good + "&token=" + good[:-1] + "A", "", "%00", "a%0d%0aX:y",
    ]  # fmt: skip
    async with attacked(tmp_path, SIGNED) as case:
        for token in forged[:6] + forged[7:]:
            assert (await case.get(f"/vip/a?token={token}")).status in {401, 403}
        for path in (
            "/vip/a",
            "//vip/a",
            "/pub/../vip/a",
            "/%76ip/a",
            "/vip%2fa",
            "/pub/..;/vip/a",
        ):
            assert (await case.get(path)).status in {401, 403}
        assert not case.origin.asked
        assert (await case.get(f"/vip/a?token={good}")).status == 200


async def test_a_token_neither_splits_nor_opens_the_cache(tmp_path: Path) -> None:
    now = clock.wall_ms() // 1_000
    tokens = [sign(Permission("/vip/", now + 600 + more), KEY) for more in range(5)]
    async with attacked(tmp_path, SIGNED) as case:
        for token in tokens:
            got = await case.get(f"/vip/a?token={token}")
            assert (got.status, tokens[0].encode() in got.body) == (200, False)
        assert len(case.origin.asked) == 1
        assert (await case.get("/vip/a")).status == 401


@pytest.mark.parametrize(
    "name",
    ["X-Forwarded-Host", "X-Forwarded-Scheme", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Host", "Forwarded",
     "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override", "X-Forwarded-Prefix", "X-Forwarded-For"],
)  # fmt: skip
async def test_fields_outside_the_key_poison_nobody(name: str, tmp_path: Path) -> None:
    async with attacked(tmp_path) as case:
        await case.get("/a", (name, "evil"))
        assert b"evil" not in (await case.get("/a")).body


async def test_a_body_on_a_get_poisons_nobody(tmp_path: Path) -> None:
    async with attacked(tmp_path) as case:
        await case.get("/a", body=b"evil")
        assert b"evil" not in (await case.get("/a")).body


@pytest.mark.parametrize(
    "ending", ["/x.css", ";x.js", "%0ax.css", "%3fx.css", "%23x.png", "/..%2fx.js", ".css"]
)
async def test_a_personal_page_is_not_kept_because_its_url_looks_static(
    ending: str, tmp_path: Path
) -> None:
    async with attacked(tmp_path) as case:
        for path in ("/account", "/login"):
            first = await case.get(path + ending, ("Cookie", "session=alice"))
            again = await case.get(path + ending)
            assert (first.status, again.status) == (200, 200)
        assert len(case.origin.asked) == 4


async def test_no_line_break_gets_into_a_head(tmp_path: Path) -> None:
    async with attacked(tmp_path, ADMIN) as case:
        for target in ("/a%0d%0aSet-Cookie:%20x=1", "/a?b=%0d%0aX-Evil:1", "/a%0aX-Evil:1"):
            got = await case.get(target)
            assert got.field(b"x-evil") is None
            assert got.field(b"set-cookie") is None
            assert case.origin.asked[-1].request.target.decode() == target
        for query in ("tag=a%0d%0aX-Evil:1", "url=/a%0d%0aX-Evil:1"):
            got = await case.get(f"/_manycast/purge?{query}", BEARER, method="POST")
            assert (got.status, got.field(b"x-evil")) == (400, None)


async def test_nobody_talks_the_edge_out_of_passing_on_who_asks(tmp_path: Path) -> None:
    async with attacked(tmp_path) as case:
        request = (
            b"GET /a HTTP/1.1\r\nHost: x\r\nCookie: a=1\r\nX-Internal: 1\r\n"
            b"Connection: close, Cookie, Host, X-Internal, Cache-Control\r\n\r\n"
        )
        assert b"200 OK" in await raw(case.edge.port, request)
        headers = dict(case.origin.asked[0].request.headers)
        assert b"x-internal" not in headers
        assert headers[b"cookie"] == b"a=1"
        assert b"connection" not in headers


async def test_many_variants_of_one_url_take_bounded_room(tmp_path: Path) -> None:
    async with attacked(tmp_path) as case:
        for number in range(200):
            got = await case.get("/varied", ("User-Agent", f"agent {number}"))
            assert got.body == b"agent %d" % number
        assert await case.number("objects") <= 40


@pytest.mark.parametrize("fields", [("X-Big", "x" * 5_000), ("X-Bell", "a\x07")])
async def test_an_error_that_one_request_provoked_is_not_served_to_others(
    fields: tuple[str, str], tmp_path: Path
) -> None:
    async with attacked(tmp_path) as case:
        assert (await case.get("/a", fields)).status == 400
        assert (await case.get("/a")).status == 200
        assert (await case.get("/b", ("X-Huge", "x" * 60_000))).status in {0, 431}
        assert (await case.get("/b")).status == 200


async def test_a_flood_from_one_address_is_told_to_wait(tmp_path: Path) -> None:
    async with attacked(tmp_path, "[guard]\nrequests_per_s = 0.1\nrequests_burst = 20\n") as case:
        statuses = [
            (await case.get("/a", ("X-Forwarded-For", f"9.9.9.{n}"))).status for n in range(60)
        ]
        assert statuses == [200] * 20 + [429] * 40
        assert len(case.origin.asked) == 1


async def test_a_storm_of_purges_stays_within_its_limit_and_forgets_none(tmp_path: Path) -> None:
    settings = ADMIN + "[edge]\npurges_max = 500\n"
    async with attacked(tmp_path, settings) as case:
        await case.get("/a")
        for page in range(10):
            tags = json.dumps({"tag": [f"{page}-{n}" for n in range(999)], "url": f"/{page}"})
            got = await case.get("/_manycast/purge", BEARER, method="POST", body=tags.encode())
            assert json.loads(got.body) == {"purged": 1_000}
        told = json.loads((await case.get("/_manycast/debug", BEARER)).body)
        assert told["purges"]["known"] == 500
        case.origin.edition = 1
        assert (await case.get("/a")).body.startswith(b"1")


async def test_a_purge_wins_over_a_fetch_that_was_under_way(tmp_path: Path) -> None:
    async with attacked(tmp_path, ADMIN) as case, asyncio.TaskGroup() as tasks:
        early = tasks.create_task(case.get("/slow"))
        await until(lambda: len(case.origin.slow) == 1)
        assert (await case.get("/slow", BEARER, method="PURGE")).status == 200
        late = tasks.create_task(case.get("/slow"))
        await until(lambda: len(case.origin.slow) == 2)
        case.origin.slow[1].send(200, (FRESH,), b"new")
        assert (await late).body == b"new"
        case.origin.slow[0].send(200, (FRESH,), b"old")
        assert (await early).body == b"old"
        assert (await case.get("/slow")).body == b"new"


@pytest.mark.parametrize("settings", ["", ADMIN])
async def test_administration_is_closed_to_strangers_and_hidden_from_the_origin(
    settings: str, tmp_path: Path
) -> None:
    async with attacked(tmp_path, settings) as case:
        wanted = 401 if settings else 403
        for field_ in (
            (),
            (("Authorization", "Bearer "),),
            (("Authorization", f"Bearer {TOKEN[:-1]}"),),
        ):
            assert (await case.get("/a", *field_, method="PURGE")).status == wanted
            assert (await case.get("/_manycast/debug", *field_)).status == wanted
        assert (await case.get("/_manycast/debug/../../a")).status in {wanted, 404}
        assert not case.origin.asked
