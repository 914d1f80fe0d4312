"""Purges of real processes: in every worker, on disk, and after a restart."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.e2e.edges import edge_process
from tests.runtime.edge.nodes import PATIENCE_S, Asking, Site, asking, served

from manycast.runtime.http.client import Parent


pytestmark = pytest.mark.e2e

TOKEN = "0123456789abcdef0123456789abcdef"
BEARER = ("Authorization", f"Bearer {TOKEN}")
TAGGED = ((b"cache-control", b"max-age=900"), (b"surrogate-key", b"red"))


@asynccontextmanager
async def edge(parent: Parent, tmp_path: Path, *words: str) -> AsyncIterator[Asking]:
    config = tmp_path / "settings.toml"
    config.write_text(f'[guard]\nadmin_token = "{TOKEN}"\n')
    url = f"http://127.0.0.1:{parent.port}"
    async with (
        edge_process("--parent", url, "--config", str(config), *words) as (_, port),
        asking(port) as one,
    ):
        yield one


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if re.fullmatch("[0-9a-f]{16}", path.name)]


async def by_new_connections(port: int, path: str, count: int) -> set[bytes]:
    """Each may meet another worker."""
    found: set[bytes] = set()
    for _ in range(count):
        async with asking(port) as one:
            found.add((await one.get(path)).body)
    return found


@pytest.mark.parametrize("what", ["tag=red", "prefix=/", "url=/a"])
async def test_a_purge_reaches_every_worker_before_it_is_confirmed(
    what: str, tmp_path: Path
) -> None:
    site = Site(fields=TAGGED)
    async with served(site.application) as parent, edge(parent, tmp_path, "--workers", "3") as one:
        for edition in range(1, 4):
            assert await by_new_connections(one.port, "/a", 15) == {b"%d" % (edition - 1)}
            site.edition = edition
            got = await one.get(f"/_manycast/purge?{what}", BEARER, method="POST")
            assert got.status == 200
        assert await by_new_connections(one.port, "/a", 15) == {b"3"}
        numbers = {
            re.search(rb'"sequence": (\d+)', (await one.get("/_manycast/purges", BEARER)).body)
            for _ in range(3)
        }
        assert len({found[1] for found in numbers if found}) == 1


@pytest.mark.parametrize("workers", [(), ("--workers", "2")])
async def test_what_was_purged_does_not_come_back_from_the_disk(
    workers: tuple[str, ...], tmp_path: Path
) -> None:
    site = Site(fields=TAGGED, text=bytes(30_000))
    words = ("--memory", "200KB", "--dir", str(tmp_path / "cache"), *workers)
    async with served(site.application) as parent:
        async with edge(parent, tmp_path, *words) as one:
            for _ in range(3):
                for number in range(40):
                    await one.get(f"/{number}")
            assert kept(tmp_path / "cache")
            asked = len(site.asked)
            await one.get("/_manycast/purge?tag=red", BEARER, method="POST")
            site.text = b"new"
            assert (await one.get("/7")).body == b"new"
        async with edge(parent, tmp_path, *words) as one:
            for number in range(40):
                assert (await one.get(f"/{number}")).body == b"new"
        assert len(site.asked) <= asked + 41


async def test_a_purge_at_the_top_reaches_the_workers_of_the_tier_below(tmp_path: Path) -> None:
    site = Site(fields=TAGGED)
    for name in ("top", "below"):
        (tmp_path / name).mkdir()
    async with (
        served(site.application) as parent,
        edge(parent, tmp_path / "top", "--workers", "2") as top,
        edge(top.parent, tmp_path / "below", "--workers", "2") as below,
    ):
        assert await by_new_connections(below.port, "/a", 4) == {b"0"}
        site.edition = 1
        await top.get("/_manycast/purge?tag=red", BEARER, method="POST")
        async with asyncio.timeout(PATIENCE_S):
            while await by_new_connections(below.port, "/a", 6) != {b"1"}:
                pass
