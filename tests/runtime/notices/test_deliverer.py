import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import update
from tests.runtime.notices.receivers import Hooks, hooks, mails
from tests.runtime.store.outbox import row, target

from manycast.model.notices import Way
from manycast.runtime.notices import deliverer as module
from manycast.runtime.notices.deliverer import Deliverer
from manycast.runtime.store import targets
from manycast.runtime.store.mail import MailSettings, write
from manycast.runtime.store.store import Store
from manycast.runtime.store.tables.notices import Delivery, Target
from manycast.settings.notices import NoticesSettings


HOUR_MS = 3_600_000


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_S", 0.01)
    monkeypatch.setattr(module, "RETRY_S", 0.01)


@dataclass
class Post:
    """A deliverer at work, and its clock."""

    store: Store
    now_ms: int = 0
    tried: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    async def settled(self, delivery_id: str = "dlv_1", *, attempts: int = 1) -> Delivery:
        """After so many attempts at anything."""
        async with asyncio.timeout(30):
            for _ in range(attempts):
                await self.tried.get()
        return self.get(delivery_id)

    def get(self, delivery_id: str) -> Delivery:
        with self.store.read() as db:
            return db.get_one(Delivery, delivery_id)


@asynccontextmanager
async def at_work(store: Store, **settings: Any) -> AsyncIterator[Post]:
    post = Post(store)
    limits = NoticesSettings(**{"private_targets": True, **settings})
    deliverer = Deliverer(store, limits, post.tried.put_nowait, now_ms=lambda: post.now_ms)
    async with asyncio.TaskGroup() as tasks:
        work = tasks.create_task(deliverer.run())
        yield post
        work.cancel()


def lead(store: Store, receiver: Hooks, *rows: Delivery, way: Way = Way.WEBHOOK) -> None:
    with store.record() as db:
        hook = target(kind=way.value)
        targets.lead_to(hook, store.secrets, receiver.url)
        db.add_all([hook, *rows])


async def test_what_waits_is_delivered_once(store: Store) -> None:
    async with hooks() as receiver, at_work(store) as post:
        lead(store, receiver, row("dlv_1"))
        told = await post.settled()
    assert (told.state, told.attempts, told.reason) == ("delivered", 1, "")
    assert [taken.headers["webhook-id"] for taken in receiver.taken] == ["dlv_1"]


@pytest.mark.parametrize("fault", [500, 302, "lose", "stall"])
async def test_what_failed_is_tried_again_with_the_same_id(store: Store, fault: int | str) -> None:
    timeout_s = 0.2 if fault == "stall" else 20
    async with hooks(fault) as receiver, at_work(store, timeout_s=timeout_s) as post:
        lead(store, receiver, row("dlv_1", until_ms=HOUR_MS))
        waiting = await post.settled()
        assert waiting.state == "waiting"
        assert waiting.reason
        assert 5000 <= waiting.due_ms <= 6000
        post.now_ms = waiting.due_ms
        told = await post.settled()
    assert (told.state, told.attempts) == ("delivered", 2)
    assert {taken.headers["webhook-id"] for taken in receiver.taken} == {"dlv_1"}
    assert len({taken.body for taken in receiver.taken}) == 1


async def test_a_receiver_that_is_busy_is_left_alone_as_long_as_it_asks(store: Store) -> None:
    async with (
        hooks(503, headers="Retry-After: 600\r\n") as receiver,
        at_work(store) as post,
    ):
        lead(store, receiver, row("dlv_1", until_ms=HOUR_MS))
        waiting = await post.settled()
    assert waiting.due_ms == 600_000


async def test_patience_has_an_end_and_the_reason_is_kept(store: Store) -> None:
    async with hooks(500, said=b"broken") as receiver, at_work(store) as post:
        lead(store, receiver, row("dlv_1", until_ms=4000))
        told = await post.settled()
    assert (told.state, told.reason) == ("failed", "It answered 500: broken")


async def test_a_chat_that_calls_it_our_fault_is_not_asked_again(store: Store) -> None:
    async with hooks(404) as receiver, at_work(store) as post:
        lead(store, receiver, row("dlv_1", until_ms=HOUR_MS), way=Way.DISCORD)
        told = await post.settled()
    assert told.state == "failed"


async def test_a_receiver_that_is_gone_is_switched_off(store: Store) -> None:
    async with hooks(410) as receiver, at_work(store) as post:
        lead(store, receiver, row("dlv_1", until_ms=HOUR_MS))
        assert (await post.settled()).state == "failed"
        with store.read() as db:
            assert not db.get_one(Target, "tgt_1").enabled


async def test_a_target_that_keeps_failing_rests_and_tests_reach_it_meanwhile(
    store: Store,
) -> None:
    failing = [row(f"dlv_{n}", due_ms=n, until_ms=HOUR_MS) for n in range(6)]
    async with hooks(*[500] * module.REST.consecutive) as receiver, at_work(store) as post:
        post.now_ms = 100
        lead(store, receiver, *failing)
        await post.settled("dlv_0", attempts=module.REST.consecutive)
        assert post.tried.empty()
        with store.record() as db:
            db.add(row("dlv_test", kind="test", due_ms=100, until_ms=100))
        assert (await post.settled("dlv_test")).state == "delivered"
        await post.settled(attempts=len(failing) - module.REST.consecutive)
    assert len(receiver.taken) == len(failing) + 1


async def test_a_target_that_stalls_does_not_hold_up_the_others(store: Store) -> None:
    async with hooks("stall") as slow, hooks() as quick, at_work(store, timeout_s=60) as post:
        lead(store, slow, row("dlv_1"))
        async with asyncio.timeout(30):
            await slow.arrived.wait()
        with store.record() as db:
            other = target("tgt_2", kind=Way.WEBHOOK.value)
            targets.lead_to(other, store.secrets, quick.url)
            db.add_all([other, row("dlv_2", target_id="tgt_2")])
        assert (await post.settled("dlv_2")).state == "delivered"
        assert post.get("dlv_1").state == "waiting"


async def test_what_was_sent_is_not_sent_again_because_the_database_was_away(store: Store) -> None:
    async with hooks("stall") as receiver, at_work(store, timeout_s=0.3) as post:
        lead(store, receiver, row("dlv_1", until_ms=1))
        async with asyncio.timeout(30):
            await receiver.arrived.wait()
        with store.record() as db:
            db.execute(update(Delivery).values(title="held"))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1):
                    await post.tried.get()
            db.rollback()
        assert (await post.settled()).state == "failed"
    assert len(receiver.taken) == 1


async def test_mail_is_delivered_once_though_the_server_resets_after_data(store: Store) -> None:
    async with mails(after_data=["lose", "451 busy"]) as receiver, at_work(store) as post:
        with store.record() as db:
            server = MailSettings(
                host="127.0.0.1", port=receiver.port, security="none", sender="m@example.org"
            )
            write(db, server, None, 0)
            db.add(target(kind=Way.EMAIL.value, recipients=["a@example.org"]))
            db.add(row("dlv_1", until_ms=HOUR_MS))
        for _ in range(2):
            post.now_ms = (await post.settled()).due_ms
        told = await post.settled()
    assert (told.state, told.attempts) == ("delivered", 3)
    assert len(receiver.taken) == 1


async def test_our_own_fault_fails_one_delivery_and_not_the_others(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    async with hooks() as receiver, at_work(store) as post:
        with store.record() as db:
            db.add_all([target("tgt_0", secret=store.secrets.seal("x"))])
            broken = db.get_one(Target, "tgt_0")
            targets.lead_to(broken, store.secrets, receiver.url)
            db.add(row("dlv_0", target_id="tgt_0"))
        lead(store, receiver, row("dlv_1"))
        await post.settled(attempts=2)
        assert post.get("dlv_0").reason == module.OUR_FAULT
        assert post.get("dlv_1").state == "delivered"
    assert "could not be sent" in caplog.text


async def test_two_control_roles_on_one_database_send_each_notice_once(store: Store) -> None:
    limits = NoticesSettings(private_targets=True)
    tried: asyncio.Queue[str] = asyncio.Queue()
    rows = [row(f"dlv_{n}", target_id=f"tgt_{n % 8}", until_ms=HOUR_MS) for n in range(40)]
    async with hooks() as receiver, asyncio.TaskGroup() as tasks, asyncio.timeout(60):
        with store.record() as db:
            for number in range(8):
                hook = target(f"tgt_{number}", kind=Way.WEBHOOK.value)
                targets.lead_to(hook, store.secrets, receiver.url)
                db.add(hook)
            db.add_all(rows)
        both = [
            tasks.create_task(Deliverer(store, limits, tried.put_nowait, now_ms=lambda: 1).run())
            for _ in range(2)
        ]
        for _ in rows:
            await tried.get()
        for one in both:
            one.cancel()
    sent = [taken.headers["webhook-id"] for taken in receiver.taken]
    assert sorted(sent) == sorted(each.id for each in rows)


async def test_what_cannot_be_written_down_is_not_sent_for_ever(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    async with hooks() as receiver, hooks() as other, at_work(store) as post:
        with monkeypatch.context() as patch:
            patch.setattr(module.Outbox, "delivered", broken)
            lead(store, receiver, row("dlv_1"), row("dlv_2", due_ms=1))
            async with asyncio.timeout(30):
                await receiver.arrived.wait()
            while "could not be written down" not in caplog.text:  # noqa: ASYNC110  a log has no event
                await asyncio.sleep(0)
        post.now_ms = HOUR_MS
        with store.record() as db:
            hook = target("tgt_2", kind=Way.WEBHOOK.value)
            targets.lead_to(hook, store.secrets, other.url)
            db.add_all([hook, row("dlv_3", target_id="tgt_2", until_ms=2 * HOUR_MS)])
        assert (await post.settled("dlv_3")).state == "delivered"
    assert len(receiver.taken) == 1


@pytest.mark.parametrize("way", [Way.WEBHOOK, Way.DISCORD, Way.SLACK])
async def test_no_log_and_no_reason_names_what_is_secret(
    store: Store, caplog: pytest.LogCaptureFixture, way: Way
) -> None:
    caplog.set_level(logging.DEBUG, "manycast")
    async with hooks(500, "lose", 307) as receiver, at_work(store) as post:
        waiting = [row(f"dlv_{n}", until_ms=1) for n in range(3)]
        lead(store, receiver, *waiting, way=way)
        await post.settled("dlv_0", attempts=3)
    reasons = [post.get(each.id).reason for each in waiting]
    assert all(reasons)
    assert "hidden" not in str(reasons) + caplog.text


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_a_receiver_does_each_notice_arrives_and_by_its_id_once(
    store: Store, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(module, "REST", replace(module.REST, consecutive=1_000_000))
    dice = random.Random(seed)  # noqa: S311  dice of a test
    answers = [dice.choice([204, 204, 500, 429, 302, "lose"]) for _ in range(60)]
    rows = [row(f"dlv_{n}", until_ms=1000 * HOUR_MS) for n in range(20)]
    async with hooks(*answers) as receiver, at_work(store) as post, asyncio.timeout(120):
        lead(store, receiver, *rows)
        while any(post.get(each.id).state == "waiting" for each in rows):
            await post.tried.get()
            post.now_ms += HOUR_MS
    by_id = {taken.headers["webhook-id"]: taken.body for taken in receiver.taken}
    assert sorted(by_id) == sorted(each.id for each in rows)
    assert all(by_id[taken.headers["webhook-id"]] == taken.body for taken in receiver.taken)
    assert {post.get(each.id).state for each in rows} == {"delivered"}
