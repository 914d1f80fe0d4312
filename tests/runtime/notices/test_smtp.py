import asyncio
import ssl
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.runtime.notices.receivers import certificate, mails, raw

from manycast.runtime.notices import smtp
from manycast.runtime.notices.failure import DeliveryError
from manycast.runtime.notices.smtp import Server


TRUST = ssl.create_default_context()
MAIL = b"Subject: x\r\n\r\n.dot\r\nbody\r\n"


async def send(
    port: int, *recipients: str, trust: ssl.SSLContext = TRUST, **server: Any
) -> dict[str, str]:
    timeout_s = server.pop("timeout_s", 20)
    values: dict[str, Any] = {"host": "127.0.0.1", "port": port, "security": "none", **server}
    to = recipients or ("a@example.org",)
    return await smtp.send(
        Server(**values), "m@example.org", to, MAIL, trust=trust, timeout_s=timeout_s
    )


async def test_a_message_arrives_as_it_is() -> None:
    async with mails() as receiver:
        assert await send(receiver.port, "a@example.org", "b@example.org") == {}
    (taken,) = receiver.taken
    assert taken.mail_from == "m@example.org"
    assert taken.rcpt_tos == ["a@example.org", "b@example.org"]
    assert taken.content == MAIL


async def test_one_who_is_refused_does_not_keep_it_from_the_others() -> None:
    async with mails(refuse={"b@example.org": "550 no such user"}) as receiver:
        refused = await send(receiver.port, "a@example.org", "b@example.org")
    assert refused == {"b@example.org": "550 no such user"}
    assert receiver.taken[0].rcpt_tos == ["a@example.org"]


@pytest.mark.parametrize(("reply", "final"), [("550 no such user", True), ("450 later", False)])
async def test_when_all_are_refused_nobody_gets_it(reply: str, final: bool) -> None:
    async with mails(refuse={"a@example.org": reply}) as receiver:
        with pytest.raises(DeliveryError, match=reply) as failure:
            await send(receiver.port)
    assert failure.value.final is final
    assert not receiver.taken


@pytest.mark.parametrize(
    ("answer", "final"), [("451 busy", False), ("554 looks like spam", True), ("lose", False)]
)
async def test_what_was_not_taken_failed(answer: str, final: bool) -> None:
    async with mails(after_data=[answer]) as receiver:
        with pytest.raises(DeliveryError) as failure:
            await send(receiver.port)
    assert failure.value.final is final
    assert not receiver.taken


async def test_a_server_that_stalls_is_given_up() -> None:
    async with mails(after_data=["stall"]) as receiver:
        with pytest.raises(DeliveryError, match=r"within 0\.3 s"):
            await send(receiver.port, timeout_s=0.3)


async def test_where_nobody_listens_is_said() -> None:
    async with mails() as receiver:
        pass
    with pytest.raises(DeliveryError, match=r"127\.0\.0\.1"):
        await send(receiver.port)


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_password_travels_encrypted(tmp_path: Path, security: str) -> None:
    shows, trust = certificate(tmp_path)
    server = {"host": "localhost", "security": security, "username": "me"}
    async with mails(shows, at_once=security == "tls") as receiver:
        await send(receiver.port, trust=trust, password="right", **server)
        assert receiver.logins == [b"right"]
        with pytest.raises(DeliveryError, match="user name and password") as failure:
            await send(receiver.port, trust=trust, password="wrong-secret", **server)
        assert "wrong-secret" not in str(failure.value)
        with pytest.raises(DeliveryError, match="not trusted"):
            await send(receiver.port, password="right", **server)
    assert len(receiver.taken) == 1
    assert receiver.logins == [b"right", b"wrong-secret"]


async def test_without_starttls_nothing_is_sent_where_it_is_wanted() -> None:
    async with mails() as receiver:
        with pytest.raises(DeliveryError, match="no STARTTLS"):
            await send(receiver.port, security="starttls")


async def test_a_password_never_leaves_this_machine_in_the_clear(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with mails() as receiver:
        await send(receiver.port, username="me", password="right")
        monkeypatch.setattr(smtp, "LOOPBACK", frozenset())
        with pytest.raises(DeliveryError, match="without TLS"):
            await send(receiver.port, username="me", password="right")
    assert receiver.logins == [b"right"]


async def test_what_is_slipped_in_before_tls_is_noticed() -> None:
    async def meddle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.test\r\n")
        await reader.readline()
        writer.write(b"250-mail.test\r\n250 STARTTLS\r\n")
        await reader.readline()
        writer.write(b"220 go\r\n250 AUTH PLAIN\r\n")
        await reader.read()

    async with raw(meddle) as port:
        with pytest.raises(DeliveryError, match="meddles"):
            await send(port, security="starttls")


@pytest.mark.parametrize("said", [b"HTTP/1.1 400 No\r\n\r\n", b"x" * 5000, b"220-a\r\n" * 200])
async def test_what_is_no_mail_server_is_recognized(said: bytes) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await reader.read()

    async with raw(speak) as port:
        with pytest.raises(DeliveryError, match="no mail server"):
            await send(port)


@pytest.mark.parametrize("address", ["a@b>\r\nRCPT TO:<c@d", "ä@example.org"])
async def test_an_address_never_becomes_a_command(address: str) -> None:
    async with mails() as receiver:
        with pytest.raises(DeliveryError, match="cannot carry"):
            await send(receiver.port, address)
    assert not receiver.taken


@given(st.binary())
def test_a_message_ends_where_it_ends(message: bytes) -> None:
    sent = smtp._stuffed(message)
    assert sent.endswith(b"\r\n.\r\n") or sent == b".\r\n"
    assert b"\r\n.\r\n" not in sent[:-2].removesuffix(b"\r\n.") + b"\r"
    assert sent.count(b"\n") == sent.count(b"\r\n") == sent.count(b"\r")


def test_a_password_is_in_no_representation() -> None:
    assert "hunter2" not in repr(Server(host="h", port=1, security="tls", password="hunter2"))


@given(st.binary(max_size=5000))
async def test_whatever_answers_is_a_reply_or_a_failure(said: bytes) -> None:
    reader = asyncio.StreamReader(limit=smtp.LINE_BYTES_MAX)
    reader.feed_data(said)
    reader.feed_eof()
    dialogue = smtp._Dialogue.__new__(smtp._Dialogue)
    dialogue._reader = reader
    with suppress(DeliveryError, EOFError):
        reply = await dialogue._reply()
        assert 0 <= reply.code <= 999
        assert len(reply.lines) <= smtp.LINES_MAX
