import ssl
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given, strategies as st
from tests.runtime.notices.receivers import mails, outgoing

from manycast.model.notices import Way
from manycast.runtime.notices import mail
from manycast.runtime.notices.failure import DeliveryError
from manycast.runtime.notices.mail import Postbox
from manycast.runtime.notices.smtp import Server


def postbox(port: int) -> Postbox:
    server = Server(host="127.0.0.1", port=port, security="none")
    return Postbox(server, "m@example.org", ssl.create_default_context(), 20)


TOLD = outgoing(
    way=Way.EMAIL,
    recipients=("a@example.org", "b@example.org"),
    title="Grüße\r\nBcc: x@example.org",
    text=".\n.dots — and more",
    data={"link": "https://control.example.org/streams/live"},
)


async def test_a_notice_arrives_as_an_ordinary_mail() -> None:
    async with mails() as receiver:
        assert await mail.send(TOLD, postbox(receiver.port)) == ""
    content = receiver.taken[0].content
    assert isinstance(content, bytes)
    read = message_from_bytes(content, policy=default)
    assert read["Subject"] == "Grüße Bcc: x@example.org"
    assert read["To"] == "a@example.org, b@example.org"
    assert read["Bcc"] is None
    assert read["Message-ID"] == f"<{TOLD.id}@example.org>"
    assert read["Auto-Submitted"] == "auto-generated"
    text = read.get_content().replace("\r\n", "\n")
    assert text == ".\n.dots — and more\n\nhttps://control.example.org/streams/live\n"


async def test_every_attempt_brings_the_same_mail() -> None:
    async with mails(after_data=["lose"]) as receiver:
        with pytest.raises(DeliveryError):
            await mail.send(TOLD, postbox(receiver.port))
        await mail.send(TOLD, postbox(receiver.port))
    assert len(receiver.taken) == 1
    assert (
        mail.message(TOLD, "m@example.org").as_bytes()
        == mail.message(TOLD, "m@example.org").as_bytes()
    )


async def test_who_was_refused_is_told() -> None:
    async with mails(refuse={"b@example.org": "550 gone"}) as receiver:
        assert (
            await mail.send(TOLD, postbox(receiver.port)) == "b@example.org was refused: 550 gone"
        )


async def test_without_a_mail_server_the_reason_says_who_can_help() -> None:
    with pytest.raises(DeliveryError, match="administrator"):
        await mail.send(TOLD, None)


@given(st.text(), st.text())
def test_no_text_becomes_a_header(title: str, text: str) -> None:
    title, text = (each.encode("utf-8", "replace").decode() for each in (title, text))
    made = mail.message(outgoing(title=title, text=text, recipients=("a@b",)), "m@example.org")
    read = message_from_bytes(made.as_bytes(), policy=default)
    names = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"]
    assert read.keys()[: len(names)] == names
    assert set(read.keys()[len(names) :]) <= {
        "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
    }  # fmt: skip
