import socket

import pytest

from manycast.model.fleet import NodeRole
from manycast.runtime.http.pool import Parent
from manycast.runtime.identity import identity


HERE = socket.gethostname()


@pytest.mark.parametrize(
    ("host", "control", "url"),
    [
        ("127.0.0.1", "127.0.0.1", "http://127.0.0.1:81"),
        ("10.0.0.3", "10.0.0.2", "http://10.0.0.3:81"),
        ("::1", "::1", "http://[::1]:81"),
        ("", "localhost", "http://127.0.0.1:81"),
        ("", "::1", "http://127.0.0.1:81"),
        ("0.0.0.0", "10.0.0.2", f"http://{HERE}:81"),  # noqa: S104  named, not listened on
        ("", "control.example.org", f"http://{HERE}:81"),
    ],
)
def test_a_node_is_reached_where_it_listens(host: str, control: str, url: str) -> None:
    found = identity(NodeRole.ORIGIN, (host, 81), Parent(control, 80))
    assert found.url == url
    assert found.node == f"origin@{HERE}:81"


def test_its_name_and_its_place_may_be_given() -> None:
    found = identity(NodeRole.EDGE, ("", 8000), Parent("c", 80), "https://e.example.org/", "/2")
    assert found.url == "https://e.example.org"
    assert found.node == f"edge@{HERE}:8000/2"
    assert found.report(7).sequence == 7
    assert found.report(7).role is NodeRole.EDGE
