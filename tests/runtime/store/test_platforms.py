from tests.runtime.store.sending import account
from tests.runtime.store.test_channels import channel

from manycast.model.destinations import AccountState, Platform
from manycast.platforms.values import Account, Connected, Tokens
from manycast.runtime.store import platforms
from manycast.runtime.store.store import Store
from manycast.runtime.store.tables.destinations import Listing


def test_an_account_that_was_lost_is_the_same_when_it_is_connected_again(store: Store) -> None:
    live = channel("live")
    with store.record() as db:
        db.add(live)
        db.flush()
        lost = account(live, state=AccountState.REVOKED, trouble="Connect it again.")
        db.add(lost)
    again = Connected(
        account=Account(external_id="1234", name="renamed"), tokens=Tokens(access="x")
    )
    with store.record() as db:
        row = platforms.connect(db, live.id, Platform.TWITCH, again, b"sealed", 5)
        other = platforms.connect(db, live.id, Platform.KICK, again, b"sealed", 5)
    assert (row.id, row.name, row.trouble) == (lost.id, "renamed", "")
    assert row.state == AccountState.CONNECTED
    with store.read() as db:
        assert [one.id for one in platforms.of_channel(db, live.id)] == [lost.id, other.id]


def test_what_nobody_has_written_is_left_as_it_is_there() -> None:
    live = channel("live")
    assert platforms.told(None, Platform.TWITCH, live).title == ""
    assert platforms.told(None, Platform.YOUTUBE, live).title == "live"


def test_an_exception_may_also_be_nothing() -> None:
    live = channel("live")
    row = Listing(
        title="For all",
        description="More",
        tags=["a"],
        platforms={"kick": {"tags": [], "title": None, "category": None}},
    )
    told = platforms.told(row, Platform.KICK, live)
    assert (told.title, told.tags, told.category_id) == ("For all", (), "")
    assert told.description == "More"
