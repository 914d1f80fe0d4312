"""The command lines that encode: the live ladder, and the trials that precede it."""

from collections.abc import Sequence

from manycast.media.ladder import LadderPlan, Rung


PIXELS_PER_THREAD = 500_000
"""Each x264 thread is a slice: small pictures lose sharpness to slices and gain nothing."""
ENCODE_THREADS_MAX = 8
KEYFRAMES_APART_MAX = 600
"""Frames; keyframes come from outside, so that all renditions have the same ones."""
VAAPI_DEVICE = "/dev/dri/renderD128"
"""The first GPU of a Linux machine."""

QUIET = ("-hide_banner", "-nostdin", "-loglevel", "warning")


def transcode(path: str, plan: LadderPlan, outputs: Sequence[int]) -> list[str]:
    """One decoder, one scaler and encoder for each rung; FLV from stdin to the file descriptors.

    The first timestamp must be 0: forced keyframes are counted from there.
    """
    return [
        path,
        *QUIET,
        *device(plan.encoder),
        # One thread: each further one would hold a frame back. The probe is as short as it can be,
        # and -fflags nobuffer must not be given: it drops what was read while probing.
        *("-threads", "1", "-probesize", "32", "-analyzeduration", "0"),
        *("-copyts", "-f", "flv", "-i", "pipe:0"),
        *("-filter_complex", _filters(plan)),
        *(
            word
            for index, (rung, fd) in enumerate(zip(plan.rungs, outputs, strict=True))
            for word in _output(plan, rung, index, fd)
        ),
    ]


def trial(path: str, name: str) -> list[str]:
    """A few black frames: ends well where the encoder works."""
    rung = Rung("trial", 320, 240, 500_000, 30.0, 1)
    return [
        *(path, *QUIET, *device(name)),
        *("-f", "lavfi", "-i", "color=black:size=320x240:rate=30:duration=0.2"),
        *("-vf", pixel_format(name), *encoder(name, "", rung), "-f", "null", "-"),
    ]


def hard_clip(path: str, rung: Rung, frames: int) -> list[str]:
    """A picture that is costly to encode, as FLV on stdout: moving shapes under film grain."""
    size = f"{rung.width}x{rung.height}:rate={rung.frame_rate:g}"
    return [
        *(path, *QUIET, "-f", "lavfi", "-i", f"testsrc2=size={size},noise=alls=12:allf=t"),
        *("-frames:v", str(frames), "-pix_fmt", "yuv420p", "-b:v", str(rung.bitrate_bps)),
        # As broadcasters encode: faster presets would be cheaper to decode.
        *(*encoder("libx264", "veryfast", rung), "-g", "30", "-f", "flv", "pipe:1"),
    ]


def timed(path: str, rung: Rung | None, name: str, preset: str) -> list[str]:
    """Decode FLV from stdin as fast as possible, encode one rung or none, and report the time used."""
    quiet = [word if word != "warning" else "info" for word in QUIET]
    work = [path, *quiet, "-nostats", "-benchmark", "-threads", "1", *device(name), "-i", "pipe:0"]
    if rung is not None:
        rate = str(rung.bitrate_bps)
        scale = f"scale={rung.width}:{rung.height}:flags=fast_bilinear"
        work += ["-vf", f"{scale},{pixel_format(name)}", *encoder(name, preset, rung)]
        work += ["-b:v", rate, "-maxrate", rate, "-bufsize", rate]
    return [*work, "-f", "null", "-"]


def _filters(plan: LadderPlan) -> str:
    splits = "".join(f"[s{index}]" for index in range(len(plan.rungs)))
    chains = (_chain(plan, rung, index) for index, rung in enumerate(plan.rungs))
    return ";".join([f"[0:v]split={len(plan.rungs)}{splits}", *chains])


def _chain(plan: LadderPlan, rung: Rung, index: int) -> str:
    thin = [] if rung.keep_every == 1 else [f"select=key+not(mod(n\\,{rung.keep_every}))"]
    steps = [
        *thin,
        f"scale={rung.width}:{rung.height}:flags=fast_bilinear",
        pixel_format(plan.encoder),
    ]
    return f"[s{index}]{','.join(steps)}[r{index}]"


def _output(plan: LadderPlan, rung: Rung, index: int, fd: int) -> list[str]:
    rate = str(rung.bitrate_bps)
    return [
        *("-map", f"[r{index}]"),
        *encoder(plan.encoder, plan.preset, rung),
        *("-force_key_frames", _keyframes(plan), "-g", str(KEYFRAMES_APART_MAX)),
        # One second of buffer: a keyframe may be large, a part may not be late.
        *("-b:v", rate, "-maxrate", rate, "-bufsize", rate),
        *_constant(plan, rate),
        # Timestamps go through untouched; without the time base ffmpeg 5 snaps them to 1/fps.
        *("-fps_mode", "passthrough", "-enc_time_base", "1/1000"),
        *("-flvflags", "no_duration_filesize", "-flush_packets", "1"),
        *("-f", "flv", f"pipe:{fd}"),
    ]


def _constant(plan: LadderPlan, rate: str) -> list[str]:
    if not plan.constant:
        return []
    filled = ["-nal-hrd", "cbr"] if plan.encoder == "libx264" else []
    return ["-minrate", rate, *filled]


def _keyframes(plan: LadderPlan) -> str:
    if plan.keyframe_ms is None:
        return "source"
    return f"expr:gte(t,n_forced*{plan.keyframe_ms / 1000:g})"


def device(name: str) -> list[str]:
    """Options that come before the input."""
    return ["-vaapi_device", VAAPI_DEVICE] if name == "h264_vaapi" else []


def pixel_format(name: str) -> str:
    """The last filters before the encoder."""
    return "format=nv12,hwupload" if name == "h264_vaapi" else "format=yuv420p"


def encoder(name: str, preset: str, rung: Rung) -> list[str]:
    """Options that make an encoder give each frame back at once and obey forced keyframes."""
    match name:
        case "libx264":
            return [
                *("-c:v", "libx264", "-preset", preset, "-tune", "zerolatency"),
                # The short probe leaves the frame rate unknown, and rate control needs it.
                *("-sc_threshold", "0", "-x264-params", f"fps={rung.frame_rate:.3f}"),
                *("-threads", str(_threads(rung))),
            ]
        case "h264_nvenc":
            return [
                *("-c:v", name, "-preset", "p3", "-tune", "ull", "-rc", "cbr"),
                *("-zerolatency", "1", "-delay", "0", "-bf", "0", "-forced-idr", "1"),
            ]
        case "h264_qsv":
            return [
                *("-c:v", name, "-preset", "veryfast", "-async_depth", "1"),
                *("-look_ahead", "0", "-bf", "0", "-forced_idr", "1"),
            ]
        case "h264_vaapi":
            return ["-c:v", name, "-rc_mode", "CBR", "-bf", "0", "-async_depth", "1"]
        case _:
            raise ValueError(f"encoder {name}: use libx264, h264_nvenc, h264_qsv or h264_vaapi")


def _threads(rung: Rung) -> int:
    return max(1, min(ENCODE_THREADS_MAX, rung.width * rung.height // PIXELS_PER_THREAD))
