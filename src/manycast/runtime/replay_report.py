"""What a replay found: one object of figures, a table for a terminal, a page of pictures."""

import html
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from math import ceil, floor, log10
from typing import TypeAlias

from manycast.cache.replay import BELADY, Footprint, Point
from manycast.runtime.replay import Result
from manycast.std.sizes import show_bytes


Figures: TypeAlias = dict[str, object]


def figures(whole: Footprint, found: Sequence[Result], points: Sequence[Point]) -> Figures:
    """All of ``--json``; the curve is there when it was asked for."""
    figures: Figures = {
        "requests": whole.requests,
        "objects": whole.objects,
        "objects_bytes": whole.objects_bytes,
        "requested_bytes": whole.requested_bytes,
        "results": [asdict(one) for one in found],
    }
    if points:
        figures["curve"] = [_curve_figures(point) for point in points]
    return figures


def _curve_figures(point: Point) -> Figures:
    return {
        "policy": point.policy,
        "size": _percent(point.share),
        "size_bytes": point.size_bytes,
        "object_miss_ratio": round(point.object_miss_ratio, 4),
        "byte_miss_ratio": round(point.byte_miss_ratio, 4),
    }


def table(whole: Footprint, found: Sequence[Result], points: Sequence[Point]) -> str:
    """One line for each policy; ratios are object miss / byte miss, smaller is better."""
    sizes = list(dict.fromkeys((one.size, one.size_bytes) for one in found))
    lines = [
        f"{_summary(whole)}; object miss / byte miss",
        "",
        f"{'policy':14}" + "".join(_heading(*size) for size in sizes) + f"{'requests/s':>12}",
    ]
    for policy in dict.fromkeys(one.policy for one in found):
        row = [one for one in found if one.policy == policy]
        cells = "".join(
            f"{one.object_miss_ratio:>15.4f} / {one.byte_miss_ratio:.4f}" for one in row
        )
        lines.append(f"{policy:14}{cells}{min(one.requests_per_s for one in row):>12,.0f}")
    return "\n".join([*lines, *_curve_lines(points)])


def _summary(whole: Footprint) -> str:
    size = show_bytes(whole.objects_bytes)
    return f"{whole.requests:,} requests for {whole.objects:,} objects of {size}"


def _heading(text: str, size_bytes: int) -> str:
    shown = show_bytes(size_bytes)
    return f"{text if text.lower().endswith('b') else f'{text} = {shown}':>24}"


def _curve_lines(points: Sequence[Point]) -> Iterator[str]:
    if not points:
        return
    shares = list(dict.fromkeys(point.share for point in points))
    yield from ("", "what if: object miss at other sizes, estimated from a sample of the keys", "")
    yield f"{'policy':14}" + "".join(f"{_percent(share):>8}" for share in shares)
    for policy in dict.fromkeys(point.policy for point in points):
        row = [point for point in points if point.policy == policy]
        yield f"{policy:14}" + "".join(f"{point.object_miss_ratio:>8.3f}" for point in row)


def _percent(share: float) -> str:
    return f"{share * 100:.3g}%"


# The page. Every picture is drawn as inline SVG, so that the file can be mailed around.

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 760, 400, 48, 112, 16, 44
_LABEL_STEP = 15
_LIGHT = ("#1f6feb", "#d1242f", "#1a7f37", "#9a6700", "#8250df", "#bf3989", "#0a7ea4", "#bc4c00",
          "#4d7c0f", "#6639ba", "#57606a", "#111827")  # fmt: skip
_DARK = ("#6cb6ff", "#ff7b72", "#57ab5a", "#d4a72c", "#b083f0", "#f692ce", "#39c5cf", "#ffa657",
         "#a3cc5a", "#d2a8ff", "#adbac7", "#f0f6fc")  # fmt: skip
_STYLE = (
    ":root{color-scheme:light dark;--ink:#1c2330;--soft:#57606a;--line:#e3e7ee;--paper:#fff;"
    + "".join(f"--c{at}:{colour};" for at, colour in enumerate(_LIGHT))
    + "}@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa7b4;--line:#2b3440;--paper:#0f141b;"
    + "".join(f"--c{at}:{colour};" for at, colour in enumerate(_DARK))
    + "}}body{font:15px/1.5 system-ui,sans-serif;max-width:820px;margin:2rem auto;padding:0 1rem;"
    "color:var(--ink);background:var(--paper)}svg{width:100%;height:auto}text{font-size:13px;"
    "fill:var(--soft)}table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    "th,td{padding:.15rem 1rem .15rem 0;text-align:right;border-bottom:1px solid var(--line)}"
    "th:first-child,td:first-child{text-align:left}p{color:var(--soft)}"
    ".scroll{overflow-x:auto}"
)
Line: TypeAlias = tuple[str, list[tuple[float, float]]]


def page(name: str, whole: Footprint, found: Sequence[Result], points: Sequence[Point]) -> str:
    """One self-contained HTML page, light and dark."""
    title = html.escape(name)
    about = f"{_summary(whole)}. Smaller is better; {BELADY} knows the future and is a bound."
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>manycast replay: {title}</title><style>{_STYLE}</style><h1>{title}</h1><p>{about}</p>"
        f"{_html_table(found)}<h2>What if the cache were larger: object miss ratio</h2>"
        f"{chart(_lines(points, 'object_miss_ratio'))}<h2>The same for bytes</h2>"
        f"{chart(_lines(points, 'byte_miss_ratio'))}"
        "<p>Cache size in percent of the bytes of all objects. Curves are estimated from a sample of"
        " the keys (SHARDS); the table is exact.</p>"
        f'<script type="application/json" id="figures">{_script(figures(whole, found, points))}'
        "</script></html>\n"
    )


def _script(found: Figures) -> str:
    return json.dumps(found).replace("<", "\\u003c")


def _html_table(found: Sequence[Result]) -> str:
    names = ("policy", "size", "object miss", "byte miss", "requests/s")
    rows = "".join(
        f"<tr><td>{html.escape(one.policy)}</td><td>{html.escape(one.size)}"
        f" ({show_bytes(one.size_bytes)})</td><td>{one.object_miss_ratio:.4f}</td>"
        f"<td>{one.byte_miss_ratio:.4f}</td><td>{one.requests_per_s:,.0f}</td></tr>"
        for one in found
    )
    heads = "".join(f"<th>{name}</th>" for name in names)
    return f'<div class="scroll"><table><tr>{heads}</tr>{rows}</table></div>'


def _lines(points: Sequence[Point], ratio: str) -> list[Line]:
    lines: dict[str, list[tuple[float, float]]] = {}
    for point in points:
        lines.setdefault(point.policy, []).append((point.share, getattr(point, ratio)))
    return list(lines.items())


def chart(lines: Sequence[Line]) -> str:
    """Ratios over sizes on a logarithmic scale; each line is named at its end."""
    shares = sorted({share for _, line in lines for share, _ in line})
    if len(shares) < 2:
        return "<p>Nothing was played.</p>"
    ratios = [ratio for _, line in lines for _, ratio in line]
    low, top = floor(min(ratios) * 10) / 10, ceil(max(ratios) * 10) / 10
    top = max(top, low + 0.1)

    def at(share: float, ratio: float) -> tuple[float, float]:
        along = log10(share / shares[0]) / log10(shares[-1] / shares[0])
        return (
            _LEFT + along * (_WIDTH - _LEFT - _RIGHT),
            _HEIGHT - _BOTTOM - (ratio - low) / (top - low) * (_HEIGHT - _BOTTOM - _TOP),
        )

    parts = [f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="miss ratio by size">']
    for step in range(5):
        ratio = low + (top - low) * step / 4
        _, y = at(shares[0], ratio)
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="var(--line)"/>'
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{ratio:.2f}</text>'
        )
    for share in shares:
        x, _ = at(share, low)
        parts.append(
            f'<text x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 20}" text-anchor="middle">{_percent(share)}</text>'
        )
    ends = _spread([at(*line[-1])[1] for _, line in lines])
    for number, ((name, line), end) in enumerate(zip(lines, ends, strict=True)):
        parts.append(_drawn(number, name, [at(*point) for point in line], end))
    return "".join([*parts, "</svg>"])


def _drawn(number: int, name: str, places: Sequence[tuple[float, float]], end: float) -> str:
    colour = f"var(--c{number % len(_LIGHT)})"
    dash = ' stroke-dasharray="5 4"' if name == BELADY else ""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    x, y = places[-1]
    return (
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'
        f'<path d="M{x:.1f} {y:.1f}L{x + 14:.1f} {end:.1f}" stroke="{colour}" stroke-width="1"/>'
        f'<text x="{x + 18:.1f}" y="{end + 4:.1f}" style="fill:{colour}">{html.escape(name)}</text>'
    )


def _spread(ends: Sequence[float]) -> list[float]:
    """Move labels apart, in their order, so that none lies on another or below the axis."""
    order = sorted(range(len(ends)), key=lambda at: ends[at])
    placed = list(ends)
    floor = _HEIGHT - _BOTTOM
    for turn, at in enumerate(reversed(order)):
        above = placed[order[-turn]] - _LABEL_STEP if turn else floor
        placed[at] = min(placed[at], above)
    for turn, at in enumerate(order):
        below = placed[order[turn - 1]] + _LABEL_STEP if turn else 0.0
        placed[at] = max(placed[at], below)
    return placed
