import json
import re
from html.parser import HTMLParser
from itertools import pairwise

from hypothesis import given, strategies as st

from manycast.cache.replay import Footprint, Point
from manycast.runtime.replay import Result
from manycast.runtime.replay_report import _spread, chart, figures, page, table


WHOLE = Footprint(requests=1_000, objects=10, objects_bytes=5_000, requested_bytes=90_000)
FOUND = [
    Result("lru", "1%", 50, 0.5, 0.6, 1_000_000),
    Result("lru", "1KB", 1_000, 0.3, 0.4, 900_000),
    Result("belady", "1%", 50, 0.25, 0.35, 500_000),
    Result("belady", "1KB", 1_000, 0.2, 0.3, 400_000),
]
POINTS = [
    Point(name, share, int(5_000 * share), miss, miss / 2)
    for name in ("lru", "belady")
    for share, miss in ((0.01, 0.5), (0.1, 0.25))
]


def test_figures_are_what_was_promised() -> None:
    found = json.loads(json.dumps(figures(WHOLE, FOUND, [])))
    assert found["requests"] == 1_000
    assert found["results"][0] == {
        "policy": "lru",
        "size": "1%",
        "size_bytes": 50,
        "object_miss_ratio": 0.5,
        "byte_miss_ratio": 0.6,
        "requests_per_s": 1_000_000,
    }
    assert "curve" not in found
    assert json.loads(json.dumps(figures(WHOLE, FOUND, POINTS)))["curve"][1] == {
        "policy": "lru",
        "size": "10%",
        "size_bytes": 500,
        "object_miss_ratio": 0.25,
        "byte_miss_ratio": 0.125,
    }


def test_the_table_has_one_line_for_each_policy() -> None:
    lines = table(WHOLE, FOUND, POINTS).splitlines()
    assert lines[0] == "1,000 requests for 10 objects of 5 KB; object miss / byte miss"
    assert [line.split() for line in lines[2:5]] == [
        ["policy", "1%", "=", "50", "B", "1KB", "requests/s"],
        ["lru", "0.5000", "/", "0.6000", "0.3000", "/", "0.4000", "900,000"],
        ["belady", "0.2500", "/", "0.3500", "0.2000", "/", "0.3000", "400,000"],
    ]
    assert lines[-1].split() == ["belady", "0.500", "0.250"]
    assert "what if" not in table(WHOLE, FOUND, [])


def test_the_page_is_whole_and_harmless() -> None:
    text = page("<script>alert(1)</script>", WHOLE, FOUND, POINTS)
    HTMLParser().feed(text)
    assert "<script>alert" not in text
    assert "http" not in text
    assert "prefers-color-scheme:dark" in text
    embedded = re.search(r'id="figures">(.*?)</script>', text)
    assert embedded is not None
    assert json.loads(embedded[1]) == json.loads(json.dumps(figures(WHOLE, FOUND, POINTS)))


def test_nothing_to_draw_is_said() -> None:
    assert chart([]) == "<p>Nothing was played.</p>"


def test_a_flat_line_is_drawn() -> None:
    assert chart([("lru", [(0.01, 0.5), (0.1, 0.5)])]).count("<polyline") == 1


@given(st.lists(st.floats(16, 356), max_size=20))
def test_labels_keep_their_order_and_a_line_between_them(ends: list[float]) -> None:
    placed = sorted(zip(ends, _spread(ends), strict=True), key=lambda pair: pair[1])
    assert all(low[0] <= high[0] for low, high in pairwise(placed))
    assert all(high[1] - low[1] > 14.9 for low, high in pairwise(placed))
