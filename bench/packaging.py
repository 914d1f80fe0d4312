"""Microseconds the media functions take per part and per message: run it on an idle machine."""

import argparse
import json
import timeit
from collections.abc import Callable

from manycast.media import aac, av1, cmaf, flv
from manycast.media.cmaf import VideoSample


REPEATS = 7
"""The fastest of these runs counts: the others shared the core with somebody."""

CALLS = 2_000
PICTURE = bytes(20_000)
SOUND = bytes(300)
DELTA = VideoSample(33, 0, False, PICTURE)
SHIFTED = VideoSample(33, 66, False, PICTURE)
KEY = VideoSample(33, 0, True, PICTURE)
TIME_MS = 1_795_200_000_000
AV1_RECORD = bytes.fromhex("81080c000a0b00000042abbfc3732be401")


def part(samples: list[VideoSample], sounds: int) -> Callable[[], object]:
    audio = [SOUND] * sounds
    return lambda: cmaf.fragment(1, samples, TIME_MS, audio, TIME_MS * 48, 1024)


def cases() -> dict[str, Callable[[], object]]:
    avc_tag = b"\x27\x01\0\0\0" + PICTURE
    hevc_tag = b"\xa1hvc1\0\0\0" + PICTURE
    aac_tag = b"\xaf\x01" + SOUND
    frame = flv.parse_video(avc_tag, 0)
    assert frame is not None
    stream = flv.tag(frame, 0)
    demuxer = flv.Demuxer()
    demuxer.feed(flv.header())
    return {
        "part, 10 video + 16 audio": part([KEY, *[DELTA] * 9], 16),
        "part, 10 video with B-frames + 16 audio": part([KEY, *[SHIFTED] * 9], 16),
        "fragment, 1 video": part([DELTA], 0),
        "fragment, 1 video + 2 audio": part([DELTA], 2),
        "parse_video, AVC": lambda: flv.parse_video(avc_tag, 0),
        "parse_video, HEVC": lambda: flv.parse_video(hevc_tag, 0),
        "parse_audio, AAC": lambda: flv.parse_audio(aac_tag, 0),
        "tag, AVC": lambda: flv.tag(frame, 0),
        "demux one tag, AVC": lambda: demuxer.feed(stream),
        "config, AV1": lambda: av1.config(AV1_RECORD),
        "config, AAC": lambda: aac.config(b"\x11\x90"),
    }


def microseconds(call: Callable[[], object]) -> float:
    return min(timeit.repeat(call, number=CALLS, repeat=REPEATS)) / CALLS * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one object of microseconds by case")
    arguments = parser.parse_args()
    results = {name: round(microseconds(call), 2) for name, call in cases().items()}
    if arguments.json:
        print(json.dumps(results))
        return
    for name, value in results.items():
        print(f"{value:8.2f} us  {name}")


if __name__ == "__main__":
    main()
