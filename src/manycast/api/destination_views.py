"""A destination as the API shows it, at rest and on the air."""

from manycast.control.destinations import Destination as Known, verdict
from manycast.model.destinations import DestinationReport, Platform
from manycast.platforms.failures import LABELS
from manycast.platforms.limits import LIMITS, SERVERS
from manycast.runtime.platforms.attendant import Shown
from manycast.runtime.store.tables.destinations import Destination as Row
from manycast.schema.destinations import (
    Destination,
    DestinationFigures,
    DestinationLive,
    OnPlatform,
    OwnEncode,
    Place,
    PlaceLimits,
)
from manycast.schema.values import moment
from manycast.std.words import plain


TITLE_CHARACTERS_MAX = 300
"""Platforms take 100 to 140."""


def destination_view(row: Row) -> Destination:
    return Destination(
        id=row.id,
        name=row.name,
        platform=Platform(row.platform),
        url=row.url,
        has_key=row.key_sealed is not None,
        rendition=row.rendition,
        encode=None if row.encode is None else OwnEncode(**row.encode),
        enabled=row.enabled,
        account_id=row.account_id,
        created_at=moment(row.created_ms),
        version=row.version,
    )


def live(
    one: Known, report: DestinationReport | None, shown: Shown | None, now_ms: int
) -> DestinationLive:
    on_air = shown.on_air if shown else None
    decided, text = verdict(one, report, on_air, shown.trouble if shown else "", now_ms)
    return DestinationLive(
        id=one.id,
        name=one.name,
        platform=one.platform,
        verdict=decided,
        text=text,
        report=_figures(report) if report else None,
        on_platform=_on_platform(shown or Shown()) if one.connected else None,
    )


def place_view(platform: Platform, *, can_connect: bool) -> Place:
    limits = LIMITS[platform]
    return Place(
        platform=platform,
        label=LABELS[platform],
        server=SERVERS[platform],
        limits=PlaceLimits(
            video_codecs=list(limits.video_codecs),
            width_max=limits.width_max or None,
            height_max=limits.height_max or None,
            frame_rate_max=limits.frame_rate_max or None,
            video_bps_max=limits.video_bps_max or None,
            audio_bps_max=limits.audio_bps_max or None,
            keyframe_ms_max=limits.keyframe_ms_max or None,
        ),
        can_connect=can_connect,
    )


def _figures(report: DestinationReport) -> DestinationFigures:
    return DestinationFigures(
        state=report.state,
        since=moment(report.since_ms),
        rendition=report.rendition,
        video_bps=report.video_bps,
        audio_bps=report.audio_bps,
        frame_rate=report.frame_rate,
        sent_bytes=report.sent_bytes,
        dropped_frames=report.dropped_frames,
        round_trip_ms=report.round_trip_ms,
        reconnects=report.reconnects,
        behind_ms=report.behind_ms,
        slate=report.slate,
    )


def _on_platform(shown: Shown) -> OnPlatform:
    return OnPlatform(
        state=shown.on_air.state,
        viewers=shown.on_air.viewers,
        title=plain(shown.on_air.title, TITLE_CHARACTERS_MAX),
        url=shown.on_air.url,
        trouble=shown.trouble or shown.on_air.health,
        checked_at=moment(shown.checked_ms) if shown.checked_ms else None,
    )
