import asyncio
import gzip
import sys

import pytest
from tests.runtime.edge.nodes import Site, node, served

from manycast.edge.commands import Compress
from manycast.runtime.edge.packer import Packer, codings, pack


if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TEXT = b"hello " * 1_000
DECODERS = {b"gzip": gzip.decompress, b"zstd": zstd.decompress}
try:
    import brotli
except ImportError:
    pass
else:
    DECODERS[b"br"] = brotli.decompress


def test_only_what_this_machine_can_make_is_chosen_from() -> None:
    assert set(codings(["zstd", "br", "gzip"])) == DECODERS.keys()
    assert codings(["gzip"]) == (b"gzip",)
    with pytest.raises(ValueError, match="none of zstd"):
        codings(["deflate"])


@pytest.mark.parametrize("coding", sorted(DECODERS))
def test_a_copy_is_the_same_text(coding: bytes) -> None:
    assert DECODERS[coding](pack(coding, TEXT)) == TEXT


async def test_what_comes_too_late_is_reported_as_not_done() -> None:
    told: list[bytes | None] = []
    packer = Packer(lambda _key, _coding, body, _seconds: told.append(body))
    packer.close()
    packer.start(Compress(b"/a", b"gzip", (TEXT,)))
    assert told == [None]


async def test_viewers_get_text_compressed_soon() -> None:
    site = Site(
        fields=((b"cache-control", b"max-age=9"), (b"content-type", b"text/plain")), text=TEXT
    )
    gzips = ("Accept-Encoding", "gzip")
    async with served(site.application) as origin, node(origin) as edge:
        await edge.get("/a", gzips)
        async with asyncio.timeout(20):
            while (got := await edge.get("/a", gzips)).field(b"content-encoding") is None:
                assert got.body == TEXT
        assert gzip.decompress(got.body) == TEXT
        assert (await edge.get("/a")).body == TEXT
        metrics = (await edge.get("/metrics")).body
    assert b"manycast_edge_compressed_total 1" in metrics
    assert len(site.asked) == 1
