from manycast.hls.multivariant import Variant, text
from manycast.hls.parse import parse_multivariant


SOURCE = Variant(
    "source/index.m3u8", 6_200_000, 5_900_000, ("avc1.64001f", "mp4a.40.2"), 1280, 720, 29.97
)
SMALL = Variant("360p/index.m3u8", 900_000, 700_000, ("avc1.64001e", "mp4a.40.2"), 640, 360)


def test_a_variant_says_what_it_costs_and_needs() -> None:
    assert text([SOURCE]).splitlines()[3:] == [
        (
            '#EXT-X-STREAM-INF:BANDWIDTH=6200000,AVERAGE-BANDWIDTH=5900000,CODECS="avc1.64001f,mp4a.40.2"'
            ",RESOLUTION=1280x720,FRAME-RATE=29.970,CLOSED-CAPTIONS=NONE"
        ),
        "source/index.m3u8",
    ]


def test_the_order_of_variants_is_kept_and_reads_back() -> None:
    read = parse_multivariant(text([SOURCE, SMALL]))
    assert read.variants == (SOURCE, SMALL)
    assert read.independent_segments
