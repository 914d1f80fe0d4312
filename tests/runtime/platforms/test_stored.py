from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.runtime.store.sending import account, destination
from tests.runtime.store.test_channels import channel

from manycast.model.destinations import AccountState, Platform
from manycast.platforms.values import Ingest, Tokens
from manycast.runtime.platforms.stored import StoredPlan, StoredVault, seal
from manycast.runtime.platforms.vault import GoneError
from manycast.runtime.store.store import Store
from manycast.runtime.store.tables.channels import Channel
from manycast.runtime.store.tables.destinations import Destination, Listing, PlatformAccount
from manycast.settings.state import StateSettings


TOKENS = Tokens(access="a", refresh="r", expires_ms=9, scopes=("chat",))
ACCOUNT = "acc_0000000000000001"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(StateSettings(), tmp_path)
    yield store
    store.close()


@pytest.fixture
def live(store: Store) -> Channel:
    live = channel("live")
    with store.record() as db:
        db.add(live)
        db.flush()
        one = account(live, tokens_sealed=seal(store.secrets, TOKENS))
        db.add(one)
        db.flush()
        db.add(destination(live, account_id=one.id, platform=Platform.TWITCH, url=""))
    return live


def test_tokens_come_back_as_they_were_kept(store: Store, live: Channel) -> None:
    vault = StoredVault(store)
    assert vault.leave(ACCOUNT).tokens == TOKENS
    newer = Tokens(access="b", scopes=("chat", "more"))
    vault.keep(ACCOUNT, newer)
    assert vault.leave(ACCOUNT).tokens == newer
    with store.read() as db:
        assert "more" not in repr(db.query(PlatformAccount).one().tokens_sealed)


def test_what_became_of_an_account_is_told_once(store: Store, live: Channel) -> None:
    told: list[str] = []
    vault = StoredVault(store, lambda one, channel: told.append(f"{channel} {one.state}"))
    for _ in range(2):
        vault.tell(ACCOUNT, AccountState.REVOKED, "Connect it again.")
    assert told == ["live revoked"]
    assert vault.leave(ACCOUNT).state is AccountState.REVOKED
    vault.keep(ACCOUNT, TOKENS)
    assert vault.leave(ACCOUNT).state is AccountState.CONNECTED


def test_an_account_that_is_gone_is_nobodys(store: Store, live: Channel) -> None:
    vault = StoredVault(store)
    with pytest.raises(GoneError):
        vault.leave("acc_nobody")
    vault.keep("acc_nobody", TOKENS)
    vault.tell("acc_nobody", AccountState.EXPIRED, "")


def test_tokens_that_no_key_opens_are_gone(store: Store, live: Channel, tmp_path: Path) -> None:
    with store.record() as db:
        db.query(PlatformAccount).one().tokens_sealed = b"sealed with a key that is lost"
    with pytest.raises(GoneError):
        StoredVault(store).leave(ACCOUNT)


def test_a_day_begins_with_nothing_spent(store: Store) -> None:
    vault = StoredVault(store)
    vault.spend(Platform.YOUTUBE, "2026-01-01", 50)
    vault.spend(Platform.YOUTUBE, "2026-01-01", 1)
    assert StoredVault(store).spent(Platform.YOUTUBE, "2026-01-01") == 51
    assert vault.spent(Platform.YOUTUBE, "2026-01-02") == 0
    vault.spend(Platform.YOUTUBE, "2026-01-02", 5)
    assert vault.spent(Platform.YOUTUBE, "2026-01-02") == 5


def test_no_app_is_set_up_at_first(store: Store) -> None:
    assert StoredVault(store).app(Platform.TWITCH) is None


def test_only_what_is_switched_on_and_has_an_account_is_wanted(store: Store, live: Channel) -> None:
    plan = StoredPlan(store)
    with store.record() as db:
        db.add(destination(live, id="dst_0000000000000002"))
        db.add(
            Listing(
                channel_id=live.id,
                title="For all",
                description="",
                tags=["a"],
                platforms={"twitch": {"title": "Here", "category": {"id": "5", "name": "x"}}},
                changed_ms=1,
            )
        )
    (wanted,) = plan.wanted()
    assert (wanted.channel, wanted.account_id) == ("live", ACCOUNT)
    assert (wanted.listing.title, wanted.listing.category_id) == ("Here", "5")
    assert wanted.listing.tags == ("a",)
    assert [one.account_id for one in plan.accounts()] == [ACCOUNT]
    with store.record() as db:
        db.get_one(Destination, wanted.destination_id).enabled = False
    assert plan.wanted() == []


def test_where_to_send_is_kept_and_known_again(store: Store, live: Channel) -> None:
    plan, ingest = StoredPlan(store), Ingest(url="rtmps://there.example/app", key="secret")
    versions = []
    for _ in range(2):
        plan.keep_ingest("dst_0000000000000001", ingest)
        with store.read() as db:
            row = db.query(Destination).one()
        versions.append(row.version)
    assert row.url == ingest.url
    assert row.key_sealed is not None
    assert store.secrets.open(row.key_sealed) == "secret"
    assert versions[0] == versions[1]
    plan.keep_ingest("dst_nobody", ingest)
