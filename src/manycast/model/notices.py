"""What people are told, and by which ways."""

from enum import StrEnum


class Kind(StrEnum):
    """What happened; also the ``type`` of a webhook's message."""

    STREAM_LIVE = "stream.live"
    STREAM_ENDED = "stream.ended"
    INGEST_UNHEALTHY = "ingest.unhealthy"
    INGEST_RECOVERED = "ingest.recovered"
    RECORDING_READY = "recording.ready"
    RECORDING_FAILED = "recording.failed"
    DESTINATION_FAILING = "destination.failing"
    DESTINATION_RECOVERED = "destination.recovered"
    PLATFORM_DISCONNECTED = "platform.disconnected"
    KEY_REFUSED = "key.refused"
    NODE_SILENT = "node.silent"
    NODE_BACK = "node.back"
    DISK_LOW = "disk.low"
    DISK_FINE = "disk.fine"
    ACCOUNT_DEVICE = "account.device"
    TEST = "test"
    """Somebody pressed the test button; no rule asks for it."""


class Way(StrEnum):
    """By which a notice reaches people or programs."""

    WEBHOOK = "webhook"
    EMAIL = "email"
    DISCORD = "discord"
    SLACK = "slack"


class DeliveryState(StrEnum):
    WAITING = "waiting"
    """For its first attempt or the next one."""
    DELIVERED = "delivered"
    FAILED = "failed"
    """Given up; somebody may ask to try again."""


class Quietly(StrEnum):
    """What becomes of a notice in quiet hours."""

    HOLD = "hold"
    """It is told when they are over."""
    DROP = "drop"
