"""Notices as e-mail: plain text, and an id by which mailboxes know what they have already."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP

from manycast.runtime.notices import smtp
from manycast.runtime.notices.failure import DeliveryError
from manycast.runtime.notices.outgoing import Outgoing
from manycast.runtime.notices.smtp import Server


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Postbox:
    """Where e-mail is handed over."""

    server: Server
    sender: str
    trust: ssl.SSLContext
    timeout_s: float


async def send(outgoing: Outgoing, postbox: Postbox | None) -> str:
    """Raises DeliveryError when nobody got it; else what went wrong with some."""
    if postbox is None:
        raise DeliveryError(
            "No mail server is set; an administrator does that under Notifications."
        )
    refused = await smtp.send(
        postbox.server,
        postbox.sender,
        outgoing.recipients,
        message(outgoing, postbox.sender).as_bytes(),
        trust=postbox.trust,
        timeout_s=postbox.timeout_s,
    )
    return "; ".join(f"{to} was refused: {why}" for to, why in refused.items())


def message(outgoing: Outgoing, sender: str) -> EmailMessage:
    """The same in every attempt."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"manycast <{sender}>"
    mail["To"] = ", ".join(outgoing.recipients)
    mail["Subject"] = " ".join(outgoing.title.split()) or "manycast"
    mail["Date"] = _EPOCH + timedelta(milliseconds=outgoing.at_ms)
    mail["Message-ID"] = f"<{outgoing.id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence notice comes back
    links = (str(outgoing.data[name]) for name in ("watch", "link") if name in outgoing.data)
    missing = [link for link in links if link not in outgoing.text]
    mail.set_content("\n\n".join(filter(None, [outgoing.text, *missing])) + "\n")
    return mail
