from manycast.settings.log import LogSettings


def test_nothing_is_logged_by_default_and_all_of_it_when_a_file_is_named() -> None:
    assert not LogSettings().file
    assert LogSettings().one_in == 1
