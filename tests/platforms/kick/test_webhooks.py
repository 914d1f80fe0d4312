import base64

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from hypothesis import given, strategies as st

from manycast.platforms.kick import webhooks
from manycast.platforms.kick.webhooks import Envelope, ForgedError, Seen
from manycast.platforms.wire import Reply


SPKI = serialization.PublicFormat.SubjectPublicKeyInfo
PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = PRIVATE.public_key().public_bytes(serialization.Encoding.PEM, SPKI).decode()
SENT, SENT_MS = "2026-01-14T16:08:06Z", 1_768_406_886_000


def signed(body: bytes, message_id: str = "01ID", sent: str = SENT) -> Envelope:
    text = f"{message_id}.{sent}.".encode() + body
    signature = base64.b64encode(PRIVATE.sign(text, padding.PKCS1v15(), hashes.SHA256()))
    return Envelope(id=message_id, sent=sent, signature=signature.decode(), event="e")


@given(st.binary(max_size=200))
def test_what_kick_signed_is_believed_and_nothing_else(body: bytes) -> None:
    webhooks.check_signature(signed(body), body, PEM)
    with pytest.raises(ForgedError):
        webhooks.check_signature(signed(body), body + b" ", PEM)
    with pytest.raises(ForgedError):
        webhooks.check_signature(signed(body, "02ID"), body + b".", PEM)


@pytest.mark.parametrize("signature", ["", "AAAA", "not base64!", "=" * 4])
def test_a_signature_that_is_none_is_forged(signature: str) -> None:
    head = Envelope(id="01ID", sent=SENT, signature=signature, event="e")
    with pytest.raises(ForgedError):
        webhooks.check_signature(head, b"", PEM)


def test_a_key_of_another_kind_proves_nothing() -> None:
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505  it is to be refused
    curve = ec.generate_private_key(ec.SECP256R1())
    pems = [
        one.public_key().public_bytes(serialization.Encoding.PEM, SPKI).decode()
        for one in (small, curve)
    ]
    for pem in ("", "no key", *pems):
        with pytest.raises(ForgedError):
            webhooks.check_signature(signed(b""), b"", pem)


def test_it_is_fresh_for_some_minutes() -> None:
    webhooks.check_age(signed(b""), SENT_MS)
    webhooks.check_age(signed(b""), SENT_MS + webhooks.AGE_MS_MAX)
    webhooks.check_age(signed(b""), SENT_MS - webhooks.AHEAD_MS_MAX)
    for now_ms in (SENT_MS + webhooks.AGE_MS_MAX + 1, SENT_MS - webhooks.AHEAD_MS_MAX - 1):
        with pytest.raises(ForgedError):
            webhooks.check_age(signed(b""), now_ms)


@pytest.mark.parametrize("sent", ["", "yesterday", "99999-01-01", "2026-13-01T00:00:00Z"])
def test_a_time_that_is_none_is_not_fresh(sent: str) -> None:
    with pytest.raises(ForgedError):
        webhooks.check_age(signed(b"", sent=sent), SENT_MS)


def test_a_head_names_everything() -> None:
    head = {
        "kick-event-message-id": "01ID",
        "kick-event-message-timestamp": SENT,
        "kick-event-signature": "c2ln",
        "kick-event-type": "chat.message.sent",
    }
    assert webhooks.envelope(head).event == "chat.message.sent"
    for name in head:
        with pytest.raises(ForgedError):
            webhooks.envelope({**head, name: ""})


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 400_000)), max_size=40))
def test_within_its_life_an_id_is_new_once(told: list[tuple[str, int]]) -> None:
    seen, now_ms, until = Seen(), 0, dict[str, int]()
    for message_id, later_ms in told:
        now_ms += later_ms
        assert seen.is_new(message_id, now_ms) == (until.get(message_id, 0) <= now_ms)
        if until.get(message_id, 0) <= now_ms:
            until[message_id] = now_ms + webhooks.AGE_MS_MAX + webhooks.AHEAD_MS_MAX


def test_ids_are_not_remembered_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "SEEN_MAX", 3)
    seen = Seen()
    assert all(seen.is_new(str(number), 0) for number in range(5))
    assert not seen.is_new("4", 0)
    assert seen.is_new("0", 0)


def test_the_public_key_is_asked_for_in_nobodys_name() -> None:
    call = webhooks.public_key("https://api")
    assert not call.request.signed
    assert call.read(Reply(200, {}, b'{"data": {"public_key": "PEM"}}')) == "PEM"
