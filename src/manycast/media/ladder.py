"""Which renditions to encode from a source on a machine of known speed."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from manycast.model.media import VideoCodec, VideoConfig
from manycast.settings.ladder import LadderSettings, RungTarget


FRAME_RATE_ASSUMED = 30.0
"""For sources that do not declare theirs: the most common one."""
FRAME_RATE_SLACK = 1.1
"""Declared rates are rounded (30.3 for 30): only clearly faster sources lose frames."""
FAST_MOTION_FPS = 40.0
"""Above this a rung gets half as many bits again: more frames, but more alike."""
FAST_MOTION_BITS = 1.5
DECODE_CORES_MAX = 0.9
"""The decoder runs on one core: more threads would hold back a frame each."""


@dataclass(frozen=True, slots=True)
class CostPoint:
    """A measured frame size."""

    megapixels: float
    cpu_s: float
    """CPU seconds per frame."""


@dataclass(frozen=True, slots=True)
class EncodeCosts:
    """What one frame costs on this machine."""

    encoder: str
    """ffmpeg's name, for example ``libx264`` or ``h264_nvenc``."""
    decode_s_per_megapixel: float
    """CPU seconds."""
    presets: Mapping[str, tuple[CostPoint, ...]]
    """Scaling and encoding by preset (best picture first), points from small to large."""
    cores_max: float = math.inf
    """CPU seconds per stream second that one ffmpeg can use without falling behind."""

    def encode_s(self, preset: str, megapixels: float) -> float:
        """CPU seconds for one frame, on the straight lines through the origin and the points."""
        below = CostPoint(0.0, 0.0)
        points = self.presets[preset]
        for above in points:
            if megapixels <= above.megapixels:
                share = (megapixels - below.megapixels) / (above.megapixels - below.megapixels)
                return below.cpu_s + share * (above.cpu_s - below.cpu_s)
            below = above
        return below.cpu_s * megapixels / below.megapixels


@dataclass(frozen=True, slots=True)
class Rung:
    """One rendition to encode."""

    name: str
    width: int
    height: int
    bitrate_bps: int
    frame_rate: float
    """Frames per second that come out."""
    keep_every: int
    """Of the source's frames one in this many is encoded; key frames always."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A rendition that will not be made."""

    name: str
    reason: str
    """A sentence for the operator."""


@dataclass(frozen=True, slots=True)
class LadderPlan:
    """What to encode from one source."""

    rungs: tuple[Rung, ...]
    """From small to large."""
    left_out: tuple[LeftOut, ...]
    encoder: str
    preset: str
    """One for all rungs; empty when there is none."""
    cores: float
    """CPU seconds per stream second that the plan is expected to need."""
    passthrough: bool
    """Whether the source itself is a rendition, as it came."""
    keyframe_ms: int | None
    """Milliseconds between forced keyframes; None aligns them with the source's."""
    constant: bool = False
    """Easy pictures take as many bits as hard ones: platforms ask for it."""


AS_SENT = LadderPlan((), (), "", "", 0.0, passthrough=True, keyframe_ms=None)
"""For a publisher who sends every size: nothing is encoded."""


def plan(
    source: VideoConfig,
    keyframe_interval_ms: int,
    costs: EncodeCosts,
    budget_cores: float,
    settings: LadderSettings,
) -> LadderPlan:
    """Choose rungs from small to large until the budget is used, then the best preset for them.

    ``budget_cores`` is in CPU seconds per stream second.
    """
    budget_cores = min(budget_cores, costs.cores_max)
    aligned = keyframe_interval_ms <= settings.keyframe_interval_ms_max
    wanted = _candidates(source, settings, passthrough=aligned)
    fps = source.frame_rate or FRAME_RATE_ASSUMED
    decode = costs.decode_s_per_megapixel * _megapixels(source.width, source.height) * fps
    fastest = list(costs.presets)[-1]
    rungs, left_out = _fitting(wanted, costs, fastest, decode, budget_cores)
    preset = next(
        (name for name in costs.presets if decode + _cost(rungs, costs, name) <= budget_cores),
        fastest,
    )
    return LadderPlan(
        rungs=rungs,
        left_out=left_out,
        encoder=costs.encoder,
        preset=preset if rungs else "",
        cores=decode + _cost(rungs, costs, preset) if rungs else 0.0,
        passthrough=aligned or not rungs,
        keyframe_ms=None if aligned else settings.forced_keyframe_ms,
    )


def sizes(source: VideoConfig, settings: LadderSettings) -> tuple[Rung, ...]:
    """What a broadcaster can send of a picture in several sizes, its own first."""
    targets = sorted(settings.targets, key=lambda target: target.short_side)
    short = min(source.width, source.height)
    whole = _rung(_full_size("source", short, targets), source, thin=True)
    smaller = [target for target in reversed(targets) if target.short_side < short]
    return whole, *(_rung(target, source, thin=True) for target in smaller)


def describe(ladder: LadderPlan) -> tuple[str, ...]:
    """Lines for the operator: what is made and what is left out, and why."""
    if ladder.rungs:
        names = ", ".join(rung.name for rung in ladder.rungs)
        how = " ".join(filter(None, (ladder.encoder, ladder.preset)))
        made = f"{names} encoded by {how}, {ladder.cores:.2f} of a core"
    else:
        made = "nothing encoded"
    source = f"the source {'' if ladder.passthrough else 'not '}passed through"
    return f"{source}; {made}", *(left.reason for left in ladder.left_out)


def refit(ladder: LadderPlan, source: VideoConfig) -> LadderPlan:
    """The same rungs for a source of another size: a viewer's playlist lists them, so none may vanish.

    A rung that would be larger than the source gets the source's size.
    """
    short = min(source.width, source.height)
    rungs = []
    for rung in ladder.rungs:
        width, height = _scaled(source.width, source.height, min(rung.width, rung.height, short))
        rungs.append(replace(rung, width=width, height=height))
    return replace(ladder, rungs=tuple(rungs))


def _candidates(
    source: VideoConfig, settings: LadderSettings, *, passthrough: bool
) -> tuple[Rung, ...]:
    """Every rung the source is large enough for, from small to large."""
    short = min(source.width, source.height)
    targets = sorted(settings.targets, key=lambda target: target.short_side)
    smaller = [target for target in targets if target.short_side < short]
    if not passthrough:
        smaller.append(_full_size("source", short, targets))
    elif source.codec is not VideoCodec.AVC:
        # Most browsers cannot play HEVC, so its full size is offered as AVC too.
        smaller.append(_full_size(f"{short}p", short, targets))
    return tuple(_rung(target, source, thin=passthrough) for target in smaller)


def _full_size(name: str, short: int, targets: Iterable[RungTarget]) -> RungTarget:
    """The target of the nearest size above (or the largest), with the bits its own pixels need."""
    ordered = list(targets)
    near = next((target for target in ordered if target.short_side >= short), ordered[-1])
    bits = round(near.bitrate_bps * min(1.0, short / near.short_side))
    return RungTarget(name, short, bits, near.frame_rate_max)


def _rung(target: RungTarget, source: VideoConfig, *, thin: bool) -> Rung:
    fps = source.frame_rate or FRAME_RATE_ASSUMED
    # Forced keyframes fall on the same frame of every rung only if every rung has the same frames.
    keep_every = max(1, -int(-fps // (target.frame_rate_max * FRAME_RATE_SLACK))) if thin else 1
    rate = fps / keep_every
    width, height = _scaled(source.width, source.height, target.short_side)
    bits = round(target.bitrate_bps * (FAST_MOTION_BITS if rate > FAST_MOTION_FPS else 1))
    return Rung(target.name, width, height, bits, rate, keep_every)


def _scaled(width: int, height: int, short_side: int) -> tuple[int, int]:
    """Even dimensions of the same shape, never above the source's."""
    short = min(width, height)
    return _even(width * short_side / short, width), _even(height * short_side / short, height)


def _even(length: float, length_max: int) -> int:
    return max(2, min(round(length / 2), length_max // 2) * 2)


def _fitting(
    wanted: tuple[Rung, ...],
    costs: EncodeCosts,
    preset: str,
    decode: float,
    budget: float,
) -> tuple[tuple[Rung, ...], tuple[LeftOut, ...]]:
    if decode > DECODE_CORES_MAX:
        reason = f"decoding the source alone needs {decode:.1f} of a core, and one core is all a decoder can use"
        return (), tuple(LeftOut(rung.name, f"{rung.name} left out: {reason}") for rung in wanted)
    rungs: list[Rung] = []
    left_out: list[LeftOut] = []
    left = budget - decode
    for rung in wanted:
        need = _cost([rung], costs, preset)
        if left_out or need > left:
            left_out.append(LeftOut(rung.name, _too_dear(rung, need, left)))
        else:
            rungs.append(rung)
            left -= need
    return tuple(rungs), tuple(left_out)


def _too_dear(rung: Rung, need: float, left: float) -> str:
    return (
        f"{rung.name} left out: needs {need:.2f} of a core in real time, {max(left, 0.0):.2f} left"
    )


def _cost(rungs: Iterable[Rung], costs: EncodeCosts, preset: str) -> float:
    return sum(
        costs.encode_s(preset, _megapixels(rung.width, rung.height)) * rung.frame_rate
        for rung in rungs
    )


def _megapixels(width: int, height: int) -> float:
    return width * height / 1e6
