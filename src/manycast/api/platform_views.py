"""Accounts, apps, listings and chats as the API shows them."""

from collections.abc import Mapping, Sequence

from manycast.model.destinations import AccountState, Platform
from manycast.runtime.platforms.chats import ChatChange, Entry
from manycast.runtime.store.tables.destinations import (
    Listing as ListingRow,
    PlatformAccount as AccountRow,
)
from manycast.schema import chat
from manycast.schema.chat import ChatEntry, ChatTrouble
from manycast.schema.listing import Listing
from manycast.schema.platforms import PlatformAccount
from manycast.schema.values import moment


def account_view(row: AccountRow) -> PlatformAccount:
    return PlatformAccount.model_validate(
        {
            "id": row.id,
            "platform": Platform(row.platform),
            "name": row.name,
            "url": row.url,
            "state": AccountState(row.state),
            "trouble": row.trouble,
            "scopes": row.scopes,
            "created_at": moment(row.created_ms),
        }
    )


def listing_view(row: ListingRow | None) -> Listing:
    if row is None:
        return Listing(version=0)
    return Listing.model_validate(
        {
            "title": row.title,
            "description": row.description,
            "tags": row.tags,
            "platforms": row.platforms,
            "version": row.version,
        }
    )


def entry_view(entry: Entry) -> ChatEntry:
    line = entry.line
    return ChatEntry.model_validate(
        {
            "number": entry.number,
            "platform": line.platform,
            "author": line.author,
            "colour": line.colour,
            "text": line.text,
            "at": moment(line.at_ms),
            "badges": list(line.badges),
            "reply_to": line.reply_to,
            "paid": line.paid,
            "removed": entry.removed,
        }
    )


def trouble_views(troubles: Mapping[Platform, str]) -> list[ChatTrouble]:
    return [
        ChatTrouble.model_validate({"platform": platform, "text": text})
        for platform, text in sorted(troubles.items())
    ]


def chat_view(
    channel: str, changes: Sequence[ChatChange], troubles: Mapping[Platform, str]
) -> chat.ChatChange:
    return chat.ChatChange(
        channel=channel,
        entries=[entry_view(one.entry) for one in changes if one.entry is not None],
        removed=[number for one in changes for number in one.removed],
        troubles=trouble_views(troubles),
    )
