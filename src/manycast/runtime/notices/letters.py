"""Puts notices into words, and the words into the outbox."""

from sqlalchemy.orm import Session

from manycast.control.notice import Notice, trial as trial_of
from manycast.control.wording import WORDINGS, fill
from manycast.runtime.store import deliveries
from manycast.runtime.store.deliveries import Letter
from manycast.runtime.store.ids import new_id
from manycast.runtime.store.tables.notices import Delivery, Rule, Target
from manycast.settings.tree import Settings


def letter(
    settings: Settings, notice: Notice, rule: Rule | None = None, channel_title: str = ""
) -> Letter:
    """In the words of the rule, or the usual ones."""
    usual = WORDINGS[notice.kind]
    words = {**notice.words, **_links(settings, notice)}
    if channel_title:
        words["title"] = channel_title
    return Letter(
        once=notice.once,
        kind=notice.kind,
        subject=notice.subject,
        channel=notice.channel,
        at_ms=notice.at_ms,
        title=fill((rule and rule.title) or usual.title, words),
        text=fill((rule and rule.text) or usual.text, words),
        data={**notice.data, **_links(settings, notice)},
        rule_id=rule.id if rule else "",
    )


def _links(settings: Settings, notice: Notice) -> dict[str, str]:
    """Where to look and where to watch, as far as the settings say how people reach it."""
    links = {}
    control, edge = settings.control.public_url, settings.control.public_edge_url
    if control:
        page = f"streams/{notice.channel}" if notice.channel else ""
        links["link"] = f"{control.rstrip('/')}/{page}"
    if edge and notice.channel:
        links["watch"] = f"{edge.rstrip('/')}/watch/{notice.channel}"
    return links


def trial(db: Session, settings: Settings, target: Target, by: str, now_ms: int) -> Delivery:
    """Put what the test button sends into the outbox."""
    notice = trial_of(by, new_id("try"), now_ms)
    until_ms = now_ms + round(settings.notices.timeout_s * 1000)
    row = deliveries.add(
        db, letter(settings, notice), target, now_ms=now_ms, due_ms=now_ms, until_ms=until_ms
    )
    assert row is not None, "nobody else has this id"
    return row
