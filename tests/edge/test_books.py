from dataclasses import replace

from manycast.edge.books import Books
from manycast.edge.purge import Journal
from manycast.edge.store import Store
from manycast.settings.cache import CacheSettings
from manycast.settings.edge import EdgeSettings


def test_what_is_for_one_viewer_each_is_remembered_for_a_while_and_bounded() -> None:
    settings = replace(EdgeSettings(), apart_max=2, apart_s=10.0)
    journal = Journal(0, 1)
    books = Books(settings, CacheSettings(), b"me", Store(1, 1), journal, lambda _: None)
    books.separate(b"/a", 0)
    assert books.is_apart(b"/a", 9.9)
    assert not books.is_apart(b"/a", 10)
    assert not books.apart
    for n in range(10):
        books.separate(b"/%d" % n, 0)
        assert len(books.apart) <= 2
