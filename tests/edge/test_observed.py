import pytest

from manycast.edge.observed import Layer, layer, of_fields, of_head
from manycast.edge.status import Why, cache_status, forwarded, hit
from manycast.std.http1 import head


@pytest.mark.parametrize(
    ("how", "wanted"),
    [
        (hit(7), Layer.MEMORY), (hit(-2), Layer.MEMORY), (hit(7) + b"; detail=disk", Layer.DISK),
        (hit(7) + b"; detail=shared", Layer.SHARED), (forwarded(Why.URI_MISS), Layer.PARENT),
        (forwarded(Why.STALE, status=304), Layer.PARENT),
        (forwarded(Why.URI_MISS, collapsed=True), Layer.JOIN), (b"", Layer.OWN),
    ],
)  # fmt: skip
def test_a_reply_says_where_it_came_from(how: bytes, wanted: Layer) -> None:
    assert layer(how) is wanted
    origins = (b"cache-status", b"other; hit")
    assert of_fields([origins, cache_status(how)]) is wanted
    assert of_head(head(206, [origins, (b"a", b"b"), cache_status(how), (b"age", b"1")])) == (
        206,
        wanted,
    )


def test_a_reply_without_a_word_is_our_own() -> None:
    assert of_head(head(404, [(b"a", b"b")])) == (404, Layer.OWN)
    assert of_fields([]) is Layer.OWN
