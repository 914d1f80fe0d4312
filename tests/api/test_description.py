from tools import openapi

from manycast.api.access import PUBLIC
from manycast.api.app import BARE, ROUTERS


def test_the_committed_description_is_what_the_routes_say() -> None:
    assert openapi.PAGE.read_text() == openapi.text(), "run tools/openapi.py"


def test_what_is_public_exists() -> None:
    routes = [route for router in (*ROUTERS, *BARE) for route in router.routes]
    assert {getattr(route, "operation_id", None) for route in routes} >= PUBLIC
