import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tests.runtime.edge.nodes import Asking, Site, node, served

from manycast.edge.guard.bearer import follow_token
from manycast.runtime.http.client import Parent


TOKEN = b"0123456789abcdef"
BEARER = ("Authorization", f"Bearer {TOKEN.decode()}")
TAGGED = ((b"cache-control", b"max-age=900"), (b"surrogate-key", b"all red"))


@asynccontextmanager
async def tried(token: bytes = TOKEN) -> AsyncIterator[tuple[Asking, Site]]:
    site = Site(fields=TAGGED)
    async with served(site.application) as parent, node(parent, token) as edge:
        yield edge, site


@pytest.mark.parametrize("soft", ["", "&soft=1"])
@pytest.mark.parametrize(
    "what", ["url=/a%3fb", "url=http://x/a%3fb", "prefix=/", "tag=red", "prefix="]
)
async def test_a_purge_takes_effect_with_its_answer(what: str, soft: str) -> None:
    async with tried() as (edge, site):
        for _ in range(3):
            assert (await edge.get("/a?b")).body == b"0"
        site.edition = 1
        got = await edge.get(f"/_manycast/purge?{what}{soft}", BEARER, method="POST")
        assert (got.status, json.loads(got.body)) == (200, {"purged": 1})
        for _ in range(3):
            assert (await edge.get("/a?b")).body == b"1"
        assert len(site.asked) == 2


async def test_lists_come_as_json() -> None:
    async with tried() as (edge, site):
        await edge.get("/a")
        body = b'{"tag": ["red", "x"], "prefix": ["/q"]}'
        got = await edge.get("/_manycast/purge", BEARER, method="POST", body=body)
        assert json.loads(got.body) == {"purged": 3}
        await edge.get("/a")
        assert len(site.asked) == 2


async def test_the_method_purge_goes_to_the_url_itself() -> None:
    async with tried() as (edge, site):
        for path in ("/a", "/b"):
            await edge.get(path)
        assert (await edge.get("/a", BEARER, method="PURGE")).status == 200
        soft = ("Soft-Purge", "1")
        assert (await edge.get("/b", BEARER, soft, method="PURGE")).status == 200
        for path in ("/a", "/b", "/a", "/b"):
            await edge.get(path)
        assert len(site.asked) == 4


@pytest.mark.parametrize(
    "fields",
    [(), (("Authorization", "Bearer 0123456789abcdeF"),), (("Authorization", "Basic x"),),
     (("Authorization", f"Bearer {follow_token(TOKEN).decode()}"),)],
)  # fmt: skip
async def test_nobody_else_purges(fields: tuple[tuple[str, str], ...]) -> None:
    async with tried() as (edge, site):
        await edge.get("/a")
        assert (await edge.get("/_manycast/purge?prefix=", *fields, method="POST")).status == 401
        got = await edge.get("/a", *fields, method="PURGE")
        assert (got.status, got.field(b"www-authenticate")) == (401, b"Bearer")
        await edge.get("/a")
        assert len(site.asked) == 1


async def test_without_a_token_nobody_purges_and_is_told_why() -> None:
    async with tried(b"") as (edge, _):
        for fields in ((), (("Authorization", "Bearer "),)):
            got = await edge.get("/_manycast/purge?prefix=", *fields, method="POST")
            assert got.status == 403
            assert b"guard.admin_token" in got.body


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("POST", "/_manycast/purge", 400), ("POST", "/_manycast/purge?url=x", 400),
        ("GET", "/_manycast/purge?tag=a", 405), ("POST", "/_manycast/purges", 405),
        ("GET", "/_manycast/purges?after=x", 400), ("GET", "/_manycast/purges?after=" + "9" * 99, 400),
        ("GET", "/_manycast/", 404), ("GET", "/_manycast/purge/../x", 404),
    ],
)  # fmt: skip
async def test_orders_that_make_no_sense_are_explained(
    method: str, target: str, status: int
) -> None:
    async with tried() as (edge, site):
        got = await edge.get(target, BEARER, method=method)
        assert got.status == status
        assert got.body.startswith(b"%d: " % status)
        assert not site.asked


async def test_the_endpoints_are_never_asked_of_the_origin() -> None:
    site = Site()
    async with served(site.application) as parent, node(Parent("127.0.0.1", parent.port)) as edge:
        assert (await edge.get("/_manycast/purges")).status == 403
    assert not site.asked
