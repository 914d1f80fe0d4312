import ssl

import pytest
from tests.runtime.notices.receivers import hooks, mails, outgoing

from manycast.model.notices import Way
from manycast.runtime.notices.senders import Senders
from manycast.runtime.store.mail import MailSettings
from manycast.settings.notices import NoticesSettings


SENDERS = Senders(NoticesSettings(private_targets=True), ssl.create_default_context())


@pytest.mark.parametrize("way", [Way.WEBHOOK, Way.DISCORD, Way.SLACK])
async def test_hooks_are_posted_to(way: Way) -> None:
    async with hooks() as receiver:
        assert await SENDERS.send(outgoing(way=way, url=receiver.url), None, 0) == ""
    assert len(receiver.taken) == 1


async def test_mailboxes_are_written_to_through_the_server_that_is_set() -> None:
    async with mails() as receiver:
        found = MailSettings(
            host="127.0.0.1", port=receiver.port, security="none", sender="m@example.org"
        )
        told = outgoing(way=Way.EMAIL, recipients=("a@example.org",))
        await SENDERS.send(told, SENDERS.postbox(found, ""), 0)
    assert len(receiver.taken) == 1


def test_no_host_is_no_mail_server() -> None:
    assert SENDERS.postbox(MailSettings(), "") is None
