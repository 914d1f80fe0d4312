import pytest
from sqlalchemy import select
from tests.runtime.store.test_channels import channel

from manycast.runtime.store.paging import Place, PlaceError, Slice, read_slice
from manycast.runtime.store.store import Store
from manycast.runtime.store.tables.channels import Channel


ORDER = (Channel.created_ms, Channel.name)


def fill(store: Store, count: int) -> None:
    with store.record() as db:
        for number in range(count):
            row = channel(f"c{number}")
            row.created_ms = number // 3  # several at one time: the name decides
            db.add(row)


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("limit", [1, 3, 10, 200])
def test_pages_hold_every_row_once_and_in_order(
    store: Store, limit: int, newest_first: bool
) -> None:
    fill(store, 10)
    names: list[str] = []
    after: Place | None = ()
    while after is not None:
        with store.read() as db:
            rows, after = read_slice(
                db, select(Channel), ORDER, Slice(limit, after), newest_first=newest_first
            )
        names += [row.name for row in rows]
    assert names == sorted((f"c{number}" for number in range(10)), reverse=newest_first)


def test_what_comes_or_goes_meanwhile_moves_no_page(store: Store) -> None:
    fill(store, 6)
    with store.read() as db:
        _, after = read_slice(db, select(Channel), ORDER, Slice(3))
    assert after == (0, "c2")
    with store.record() as db:
        first = db.scalars(select(Channel).where(Channel.name == "c0")).one()
        db.delete(first)
    with store.read() as db:
        rows, _ = read_slice(db, select(Channel), ORDER, Slice(3, after))
    assert [row.name for row in rows] == ["c3", "c4", "c5"]


@pytest.mark.parametrize("after", [("x", "y"), (1,), (1, 2), (True, "x")])
def test_the_place_of_another_list_is_refused(store: Store, after: Place) -> None:
    with store.read() as db, pytest.raises(PlaceError):
        read_slice(db, select(Channel), ORDER, Slice(3, after))
