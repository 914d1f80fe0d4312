from manycast.schema.obs import ObsOverride


def test_it_is_the_configuration_itself_and_nothing_around_it() -> None:
    assert ObsOverride({"meta": {}}).model_dump() == {"meta": {}}
