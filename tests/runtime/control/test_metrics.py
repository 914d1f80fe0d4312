from tests.control.reports import ORIGIN

from manycast.runtime.control import metrics
from manycast.runtime.control.hub import Hub
from manycast.runtime.control.network import Network
from manycast.settings.control import ControlSettings


def test_numbers_of_the_network() -> None:
    hub = Hub()
    network = Network(ControlSettings(), hub, lambda: 2000)
    network.report(ORIGIN)
    text = metrics.text(network, hub)
    assert 'manycast_nodes{health="well"} 1\n' in text
    assert 'manycast_streams{state="live"} 1\n' in text
    assert 'manycast_viewers{stream="live"} 0\n' in text
    assert text.endswith("manycast_books_waiting 1\n")
