"""What a load run found: one object of figures, and one page of pictures."""

import html
import json
from collections.abc import Sequence
from typing import TypeAlias

from manycast.hls.viewer_tally import Row, Tally
from manycast.runtime.load import Outcome
from manycast.std.quantiles import Quantiles


FRACTIONS = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
Figures: TypeAlias = dict[str, object]


def figures(tally: Tally, outcome: Outcome, viewers: int, rendition: str | None) -> Figures:
    """All of ``--json``; durations in seconds, null where nothing was measured.

    ``part_delay_s`` is publish -> last byte at the viewer: arrival minus the part's
    PROGRAM-DATE-TIME end, minus the smallest such difference of the run (``publish_offset_s``: the
    origin's own path and what the clocks differ). ``part_spread_s`` counts from the first
    viewer's knowledge of the part instead, so it holds no publisher's jitter. Both leave out the
    parts that existed when a viewer joined.
    """
    offset_s = tally.delay_min_s or 0.0
    seconds = outcome.seconds
    return {
        "viewers": viewers,
        "seconds": round(seconds, 3),
        "rendition": rendition,
        "joined": tally.joined,
        "join_s": spread(tally.join),
        "behind_live_s": spread(tally.behind),
        "part_delay_s": spread(tally.delay, offset_s),
        "part_spread_s": spread(tally.spread),
        "publish_offset_s": _rounded(tally.delay_min_s),
        "stalls": tally.stalls,
        "stalled_s": round(tally.stalled_s, 3),
        "stalled_viewers": tally.stalled_viewers,
        "errors": sum(tally.errors.values()),
        "errors_by_kind": dict(tally.errors.most_common()),
        "requests": tally.requests,
        "requests_per_s": round(tally.requests / seconds, 1) if seconds else 0.0,
        "bytes": tally.received_bytes,
        "parts": tally.parts,
        "segments": tally.segments,
        "stale_replies": tally.stale_replies,
        "resyncs": tally.resyncs,
        "rejoins": tally.rejoins,
        "own_cpu_share": round(outcome.cpu_share, 3),
        "own_lag_s": {**spread(outcome.lag), "max": _rounded(outcome.lag.quantile(1.0))},
    }


def spread(quantiles: Quantiles, offset_s: float = 0.0) -> dict[str, float | None]:
    found = {name: quantiles.quantile(fraction) for name, fraction in FRACTIONS.items()}
    return {
        name: None if value is None else max(0.0, round(value - offset_s, 4))
        for name, value in found.items()
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 4)


def table(found: Figures) -> str:
    """The same for people, one line each."""
    lines = []
    for name, value in found.items():
        if value == {}:
            continue
        lines.append(f"{name:18} {_shown(value)}")
    return "\n".join(lines)


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "  ".join(f"{name} {_shown(one)}" for name, one in value.items())
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else str(value)


# The page. Every picture is drawn as inline SVG, so that the file can be mailed around.

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 760, 220, 60, 30, 24, 24
_COLOURS = ("#2f6fde", "#e08a1e", "#c8313f")
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:800px;margin:2rem auto;padding:0 1rem;"
    "color:#1c2330}svg{width:100%;height:auto}text{font-size:12px;fill:#5a6475}"
    "td{padding:.1rem 1rem .1rem 0;vertical-align:top}td+td{font-variant-numeric:tabular-nums}"
)
Line: TypeAlias = tuple[str, list[tuple[float, float]]]


def page(url: str, found: Figures, tally: Tally) -> str:
    """One self-contained HTML page."""
    offset_s = tally.delay_min_s or 0.0
    rows = tally.rows
    charts = (
        ("Part delay over time (s)", _over_time(rows, "delay", offset_s)),
        ("Part delay: share of parts not later than (s)", _distribution(tally.delay, offset_s)),
        ("Playhead behind live over time (s)", _over_time(rows, "behind", 0.0)),
        ("Stalls that ended in each second", _counts(rows, "stalls")),
        ("Requests in each second", _counts(rows, "requests")),
    )
    drawn = "".join(f"<h2>{title}</h2>{chart(lines)}" for title, lines in charts)
    cells = "".join(
        f"<tr><td>{html.escape(name)}</td><td>{html.escape(_shown(value))}</td></tr>"
        for name, value in found.items()
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>manycast load</title>'
        f"<style>{_STYLE}</style><h1>{html.escape(url)}</h1><table>{cells}</table>{drawn}"
        f'<script type="application/json" id="figures">{_script(found)}</script></html>\n'
    )


def _script(found: Figures) -> str:
    return json.dumps(found).replace("<", "\\u003c")


def _over_time(rows: Sequence[Row], name: str, offset_s: float) -> list[Line]:
    lines: list[Line] = []
    for label, fraction in FRACTIONS.items():
        points = []
        for row in rows:
            value = getattr(row, name).quantile(fraction)
            if value is not None:
                points.append((row.at_s, value - offset_s))
        lines.append((label, points))
    return lines


def _counts(rows: Sequence[Row], name: str) -> list[Line]:
    return [(name, [(row.at_s, float(getattr(row, name))) for row in rows])]


def _distribution(quantiles: Quantiles, offset_s: float) -> list[Line]:
    points, total = [], 0.0
    for value, share in quantiles.shares():
        total += share
        points.append((value - offset_s, total))
    return [("share", points)]


def chart(lines: Sequence[Line]) -> str:
    """Draw lines over common axes that begin at zero."""
    points = [point for _, line in lines for point in line]
    if not points:
        return "<p>Nothing was measured.</p>"
    x_max = max(x for x, _ in points) or 1.0
    y_max = max(y for _, y in points) or 1.0
    x_scale = (_WIDTH - _LEFT - _RIGHT) / x_max
    y_scale = (_HEIGHT - _BOTTOM - _TOP) / y_max
    parts = [f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">', *_axes(x_max, y_max)]
    for number, (label, line) in enumerate(lines):
        colour = _COLOURS[number % len(_COLOURS)]
        path = " ".join(
            f"{_LEFT + x * x_scale:.1f},{_HEIGHT - _BOTTOM - y * y_scale:.1f}" for x, y in line
        )
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
            f'<text x="{_LEFT + 8 + 70 * number}" y="12" style="fill:{colour}">{label}</text>'
        )
    return "".join([*parts, "</svg>"])


def _axes(x_max: float, y_max: float) -> list[str]:
    floor = _HEIGHT - _BOTTOM
    drawn = []
    for step in range(5):
        y = floor - step / 4 * (floor - _TOP)
        x = _LEFT + step / 4 * (_WIDTH - _LEFT - _RIGHT)
        drawn.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e3e7ee"/>'
            f'<text x="4" y="{y + 4:.1f}">{y_max * step / 4:.3g}</text>'
            f'<text x="{x:.1f}" y="{_HEIGHT - 6}">{x_max * step / 4:.3g}</text>'
        )
    return drawn
