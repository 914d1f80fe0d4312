"""Every way by which notices leave, behind one function."""

import ssl
from dataclasses import dataclass

from manycast.model.notices import Way
from manycast.runtime.notices import chat, mail, webhook
from manycast.runtime.notices.mail import Postbox
from manycast.runtime.notices.outgoing import Outgoing
from manycast.runtime.notices.post import Poster
from manycast.runtime.notices.smtp import Server
from manycast.runtime.store.mail import MailSettings
from manycast.settings.notices import NoticesSettings


@dataclass(frozen=True, slots=True)
class Senders:
    settings: NoticesSettings
    trust: ssl.SSLContext
    """Whose certificates are believed."""

    async def send(self, outgoing: Outgoing, postbox: Postbox | None, now_ms: int) -> str:
        """Raises DeliveryError; else what went wrong with a part of it, mostly nothing."""
        limits = self.settings
        poster = Poster(limits.timeout_s, limits.private_targets, self.trust)
        match outgoing.way:
            case Way.WEBHOOK:
                await webhook.send(outgoing, poster, now_ms)
            case Way.DISCORD | Way.SLACK:
                await chat.send(outgoing, poster)
            case Way.EMAIL:
                return await mail.send(outgoing, postbox)
        return ""

    def postbox(self, found: MailSettings, password: str) -> Postbox | None:
        """None: there is no mail server."""
        if not found.host:
            return None
        server = Server(
            host=found.host,
            port=found.port,
            security=found.security,
            username=found.username,
            password=password,
        )
        return Postbox(server, found.sender, self.trust, self.settings.timeout_s)
