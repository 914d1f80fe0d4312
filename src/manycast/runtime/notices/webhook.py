"""Webhooks as Standard Webhooks 1.0 has them: signed, dated, and known by an id."""

import base64
import hashlib
import hmac
import json

from manycast.control.wording import timestamp
from manycast.runtime.notices.failure import DeliveryError
from manycast.runtime.notices.outgoing import Outgoing
from manycast.runtime.notices.post import Poster
from manycast.runtime.store.targets import SECRET_PREFIX


GONE = 410


async def send(outgoing: Outgoing, poster: Poster, now_ms: int) -> None:
    """Raises DeliveryError."""
    body = message(outgoing)
    answer = await poster.post(outgoing.url, signed(outgoing, body, now_ms // 1000), body)
    if answer.status == GONE:
        raise DeliveryError(
            "It answered 410, Gone: it wants no more, and the target was switched off.",
            final=True,
            gone=True,
        )
    if not answer.taken:
        raise DeliveryError(answer.reason(), asked_s=answer.asked_s)


def message(outgoing: Outgoing) -> bytes:
    """The same bytes in every attempt."""
    content = {
        "type": outgoing.kind.value,
        "timestamp": timestamp(outgoing.at_ms),
        "title": outgoing.title,
        "text": outgoing.text,
        "data": dict(outgoing.data),
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def signed(outgoing: Outgoing, body: bytes, now_s: int) -> dict[str, str]:
    """The headers that say who sends; the time is each attempt's own, against replays."""
    signatures = (signature(secret, outgoing.id, now_s, body) for secret in outgoing.secrets)
    return {
        "webhook-id": outgoing.id,
        "webhook-timestamp": str(now_s),
        "webhook-signature": " ".join(signatures),
    }


def signature(secret: str, message_id: str, now_s: int, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    digest = hmac.digest(key, f"{message_id}.{now_s}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"
