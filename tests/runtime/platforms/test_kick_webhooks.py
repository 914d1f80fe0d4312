import json
import logging

import pytest
from bench.platforms.front import Fault
from bench.platforms.kick import USER
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.runtime.platforms.streets import KickStreet, kick_street

from manycast.platforms.failures import AwayError
from manycast.platforms.kick.webhooks import ForgedError
from manycast.platforms.values import ChatLine, Stirred


def event(text: str) -> bytes:
    person = {"user_id": 5, "username": "ann", "identity": None}
    value = {
        "message_id": text,
        "broadcaster": {"user_id": USER},
        "sender": person,
        "content": text,
        "created_at": "2026-01-14T16:08:06Z",
    }
    return json.dumps(value).encode()


def signed(street: KickStreet, body: bytes, name: str = "chat.message.sent") -> dict[str, str]:
    return {key.lower(): value for key, value in street.server.signed(name, body).items()}


async def test_an_event_is_told_once_to_everybody_who_listens_to_its_channel() -> None:
    async with kick_street() as street:
        hooks, body = street.kick.webhooks, event("hello")
        with hooks.ears(str(USER)) as one, hooks.ears(str(USER)) as two, hooks.ears("8") as other:
            head = signed(street, body)
            for _ in range(3):
                await hooks.take(head, body)
            for ears in (one, two):
                line = ears.get_nowait()
                assert isinstance(line, ChatLine)
                assert line.text == "hello"
                assert ears.empty()
            assert other.empty()
        assert not hooks.is_heard(str(USER))


async def test_a_forged_an_old_and_an_incomplete_one_are_not_believed() -> None:
    async with kick_street() as street:
        hooks, body = street.kick.webhooks, event("hello")
        head = signed(street, body)
        with hooks.ears(str(USER)) as ears:
            with pytest.raises(ForgedError):
                await hooks.take(head, event("other"))
            for name in ("message-id", "message-timestamp", "signature"):
                field = f"kick-event-{name}"
                for value in ("", head[field] + "1"):
                    with pytest.raises(ForgedError):
                        await hooks.take({**head, field: value}, body)
            old = street.server.signed("chat.message.sent", body, sent="2025-01-14T16:08:06Z")
            with pytest.raises(ForgedError, match="too old"):
                await hooks.take({k.lower(): v for k, v in old.items()}, body)
            assert ears.empty()


async def test_the_key_is_asked_for_once_and_again_when_it_may_have_changed() -> None:
    async with kick_street() as street:
        hooks = street.kick.webhooks
        ahead = [0]
        now_ms = street.presence.calls.now_ms
        street.presence.calls.now_ms = lambda: now_ms() + ahead[0]
        for number in range(3):
            body = event(str(number))
            await hooks.take(signed(street, body), body)
        assert keys_asked(street) == 1
        street.server.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        body = event("new")
        for _ in range(5):
            with pytest.raises(ForgedError):
                await hooks.take(signed(street, body), body)
        assert keys_asked(street) == 1
        ahead[0] = 59_000
        head = signed(street, body)
        ahead[0] = 61_000
        await hooks.take(head, body)
        assert keys_asked(street) == 2


async def test_while_the_key_cannot_be_had_nobody_waits_and_kick_comes_again() -> None:
    async with kick_street(attempts_max=1) as street:
        now_ms, ahead = street.presence.calls.now_ms, [0]
        street.presence.calls.now_ms = lambda: now_ms() + ahead[0]
        street.server.front.faults.append(Fault(on="public-key", cut=True))
        body = event("hello")
        for _ in range(5):
            with pytest.raises(AwayError):
                await street.kick.webhooks.take(signed(street, body), body)
        assert keys_asked(street) == 1
        ahead[0] = 11_000
        await street.kick.webhooks.take(signed(street, body), body)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"7", b"\xff", b'{"broadcaster": 7}'])
async def test_what_is_signed_and_not_as_documented_is_let_go(
    body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with kick_street() as street:
        with caplog.at_level(logging.WARNING):
            await street.kick.webhooks.take(signed(street, body), body)
        assert "not in its documents" in caplog.text


async def test_of_too_many_that_wait_the_oldest_go_first() -> None:
    async with kick_street() as street:
        hooks = street.kick.webhooks
        with hooks.ears(str(USER)) as ears:
            for number in range(ears.maxsize + 2):
                body = event(str(number))
                await hooks.take(signed(street, body), body)
            line = ears.get_nowait()
            assert isinstance(line, ChatLine)
            assert line.text == "2"


async def test_a_change_of_the_stream_is_worth_a_look() -> None:
    async with kick_street() as street:
        body = json.dumps({"broadcaster": {"user_id": USER}, "is_live": True}).encode()
        with street.kick.webhooks.ears(str(USER)) as ears:
            await street.kick.webhooks.take(signed(street, body, "livestream.status.updated"), body)
            assert isinstance(ears.get_nowait(), Stirred)


def keys_asked(street: KickStreet) -> int:
    return sum("public-key" in one.path for one in street.server.front.asked)
