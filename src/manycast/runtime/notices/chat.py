"""Discord and Slack: the same notice, as each of them shows it best."""

import json
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from manycast.control.notice import ENDS
from manycast.control.wording import timestamp
from manycast.model.notices import Kind, Way
from manycast.runtime.notices.failure import DeliveryError
from manycast.runtime.notices.outgoing import Outgoing
from manycast.runtime.notices.post import Poster


TITLE_MAX = 150
"""Slack's limit of a header; Discord's is 256."""
TEXT_MAX = 2500
"""Slack's limit of a section is 3000, the link included; Discord's is 4096."""
TRANSIENT = frozenset({408, 425, 429})
"""What 4xx may be different the next time."""
RED, GREEN, BLUE = 0xE5484D, 0x30A46C, 0x3E63DD
COLOURS = {
    **dict.fromkeys(ENDS.values(), RED),
    **dict.fromkeys(
        (
            Kind.RECORDING_FAILED,
            Kind.DESTINATION_FAILING,
            Kind.PLATFORM_DISCONNECTED,
            Kind.KEY_REFUSED,
        ),
        RED,
    ),
    **dict.fromkeys(ENDS, GREEN),
    Kind.STREAM_LIVE: GREEN,
}


async def send(outgoing: Outgoing, poster: Poster) -> None:
    """Raises DeliveryError."""
    discord = outgoing.way is Way.DISCORD
    content = for_discord(outgoing) if discord else for_slack(outgoing)
    url = _answered(outgoing.url) if discord else outgoing.url
    answer = await poster.post(url, {}, json.dumps(content).encode())
    if not answer.taken:
        ours = 400 <= answer.status < 500 and answer.status not in TRANSIENT
        raise DeliveryError(answer.reason(), final=ours, asked_s=answer.asked_s)


def for_discord(outgoing: Outgoing) -> dict[str, Any]:
    embed = {
        "title": outgoing.title[:TITLE_MAX],
        "description": outgoing.text[:TEXT_MAX],
        "color": COLOURS.get(outgoing.kind, BLUE),
        "timestamp": timestamp(outgoing.at_ms),
    }
    if link := _link(outgoing):
        embed["url"] = link
    # Whatever a broadcaster wrote somewhere must not call everybody on the server.
    return {"embeds": [embed], "allowed_mentions": {"parse": []}}


def for_slack(outgoing: Outgoing) -> dict[str, Any]:
    title, link = outgoing.title[:TITLE_MAX], _link(outgoing)
    text = _escaped(outgoing.text)[:TEXT_MAX]
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": title or "manycast"}}
    ]
    if body := "\n".join(filter(None, [text, f"<{link}>" if link else ""])):
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": body}})
    return {"text": _escaped(title), "blocks": blocks}


def _answered(url: str) -> str:
    """With ``wait`` Discord answers when the message stands, and says what is wrong with it."""
    parts = urlsplit(url)
    query = "&".join(filter(None, [parts.query, urlencode({"wait": "true"})]))
    return urlunsplit(parts._replace(query=query))


def _link(outgoing: Outgoing) -> str:
    return str(outgoing.data.get("watch") or outgoing.data.get("link") or "")


def _escaped(text: str) -> str:
    """As Slack wants it; it also takes the power from ``<!channel>``."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
