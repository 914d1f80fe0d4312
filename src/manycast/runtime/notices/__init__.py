"""Tells people what happened: from events to an outbox, and from there to webhooks, mailboxes and chats."""
