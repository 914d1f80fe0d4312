from manycast.schema.system import System


def test_it_is_known_by_its_version() -> None:
    assert System(version="1.2.3").model_dump() == {"version": "1.2.3"}
