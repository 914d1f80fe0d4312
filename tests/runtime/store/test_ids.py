from manycast.runtime.store.ids import LENGTH, new_id


def test_an_id_says_what_it_is_of_and_comes_once() -> None:
    ids = {new_id("usr") for _ in range(1000)}
    assert len(ids) == 1000
    assert all(name.startswith("usr_") and len(name) == 4 + LENGTH for name in ids)
