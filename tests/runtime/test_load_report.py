import json
import xml.etree.ElementTree as ET

import pytest

from manycast.hls.viewer_tally import Tally
from manycast.runtime.load import Outcome
from manycast.runtime.load_report import chart, figures, page, spread, table
from manycast.std.quantiles import Quantiles


def tally(seconds: int = 5) -> Tally:
    made = Tally()
    for second in range(seconds):
        for hundredth in range(100):
            made.request()
            made.delivered(0.5 + hundredth / 1000, 0.01)
            made.row.behind.add(1.0)
        made.close_row(second + 1.0)
    return made


def test_the_figures_have_every_field_of_the_contract() -> None:
    found = figures(tally(), Outcome(seconds=5.0), 7, "720p")
    for name in ("viewers", "seconds", "stalls", "errors", "requests"):
        assert isinstance(found[name], int | float)
    for name in ("join_s", "behind_live_s", "part_delay_s"):
        assert set(found[name]) == {"p50", "p95", "p99"}  # type: ignore[call-overload]
    assert json.loads(json.dumps(found)) == found


def test_the_part_delay_counts_from_the_fastest_delivery() -> None:
    found = figures(tally(), Outcome(seconds=5.0), 7, None)
    assert found["publish_offset_s"] == pytest.approx(0.5)
    delay = found["part_delay_s"]
    assert isinstance(delay, dict)
    assert delay["p50"] == pytest.approx(0.05, abs=0.002)
    assert delay["p99"] == pytest.approx(0.099, abs=0.002)


def test_nothing_measured_is_null_and_a_dash() -> None:
    assert spread(Quantiles(0.001)) == {"p50": None, "p95": None, "p99": None}
    shown = table(figures(Tally(), Outcome(), 1, None))
    assert "join_s             p50 -  p95 -  p99 -" in shown


def test_a_chart_is_well_formed_and_stays_inside_its_box() -> None:
    drawn = ET.fromstring(chart([("a", [(0.0, 0.0), (9.0, 3.0)]), ("b", [(1.0, 1.0)])]))  # noqa: S314
    lines = drawn.findall("polyline")
    assert len(lines) == 2
    width, height = (float(size) for size in drawn.attrib["viewBox"].split()[2:])
    for line in lines:
        for point in line.attrib["points"].split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= width
            assert 0 <= y <= height


def test_the_page_holds_everything_and_escapes_what_it_was_given() -> None:
    counted = tally()
    counted.errors["playlist </script><b>"] += 1
    found = figures(counted, Outcome(seconds=5.0), 7, "720p")
    text = page("http://<edge>/", found, counted)
    assert "<edge>" not in text
    assert "<b>" not in text
    assert text.count("<svg") == 5
    assert "src=" not in text
    embedded = text.split('id="figures">')[1].split("</script>")[0]
    assert json.loads(embedded) == found


def test_a_page_of_an_empty_run_says_so() -> None:
    assert "Nothing was measured." in page("u", figures(Tally(), Outcome(), 1, None), Tally())
