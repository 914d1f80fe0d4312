from tools import openapi

from manycast.api.access import PUBLIC
from manycast.api.app import routed


def test_the_committed_description_is_what_the_routes_say() -> None:
    assert openapi.PAGE.read_text() == openapi.text(), "run tools/openapi.py"


def test_what_is_public_exists() -> None:
    paths = routed().openapi()["paths"].values()
    operations = {one["operationId"]: one for path in paths for one in path.values()}
    assert set(operations) >= PUBLIC
