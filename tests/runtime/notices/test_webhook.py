import base64
import hashlib
import hmac
import json
import re
import ssl
from pathlib import Path
from typing import Any

import pytest
from tests.runtime.notices.receivers import Taken, hooks, outgoing

from manycast.runtime.notices import webhook
from manycast.runtime.notices.failure import DeliveryError
from manycast.runtime.notices.post import Poster
from manycast.runtime.store.targets import new_secret


POSTER = Poster(20, private=True, trust=ssl.create_default_context())


def verify(secret: str, taken: Taken) -> bool:
    """As a receiver does it, by the specification alone."""
    key = base64.b64decode(secret[len("whsec_") :])
    content = f"{taken.headers['webhook-id']}.{taken.headers['webhook-timestamp']}.".encode()
    wanted = base64.b64encode(hmac.new(key, content + taken.body, hashlib.sha256).digest())
    given = [each.split(",", 1) for each in taken.headers["webhook-signature"].split(" ")]
    return any(version == "v1" and text.encode() == wanted for version, text in given)


def test_the_signature_is_the_one_of_the_specification() -> None:
    """The example of Standard Webhooks' own libraries."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    made = webhook.signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_receiver_can_verify_what_it_gets() -> None:
    secret = new_secret()
    async with hooks() as receiver:
        await webhook.send(outgoing(url=receiver.url, secrets=(secret,)), POSTER, 1_700_000_000_999)
    (taken,) = receiver.taken
    assert verify(secret, taken)
    assert taken.headers["webhook-timestamp"] == "1700000000"
    assert json.loads(taken.body) == {
        "type": "stream.live",
        "timestamp": "2026-01-01T00:00:00.000+00:00",
        "title": "live is live",
        "text": "On the air.",
        "data": {"channel": "live"},
    }


async def test_while_a_secret_is_changed_both_verify() -> None:
    new, old = new_secret(), new_secret()
    async with hooks() as receiver:
        await webhook.send(outgoing(url=receiver.url, secrets=(new, old)), POSTER, 0)
    assert verify(new, receiver.taken[0])
    assert verify(old, receiver.taken[0])
    assert not verify(new_secret(), receiver.taken[0])


async def test_each_attempt_has_the_same_id_and_body() -> None:
    async with hooks(500) as receiver:
        with pytest.raises(DeliveryError, match="500") as failure:
            await webhook.send(outgoing(url=receiver.url), POSTER, 1000)
        await webhook.send(outgoing(url=receiver.url), POSTER, 9000)
    assert not failure.value.final
    first, second = receiver.taken
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]


async def test_a_receiver_that_is_gone_is_left_alone() -> None:
    async with hooks(410) as receiver:
        with pytest.raises(DeliveryError, match="Gone") as failure:
            await webhook.send(outgoing(url=receiver.url), POSTER, 0)
    assert failure.value.gone
    assert failure.value.final


def test_what_the_guide_shows_verifies_what_is_sent() -> None:
    guide = Path(__file__).parents[3] / "docs" / "how-to" / "notifications.md"
    (code,) = re.findall(r"```python\n(.*?)```", guide.read_text(), re.DOTALL)
    shown: dict[str, Any] = {}
    exec(code, shown)  # noqa: S102  our own page
    secret, body = new_secret(), b"{}"
    headers = webhook.signed(outgoing(secrets=(new_secret(), secret)), body, 1)
    assert shown["genuine"](secret, headers, body)
    assert not shown["genuine"](secret, headers, b"{ }")
