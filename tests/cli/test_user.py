import pytest

from manycast.cli.__main__ import main


@pytest.mark.parametrize("words", [["user"], ["user", "invite"], ["user", "role", "anna", "king"]])
def test_a_verb_wants_all_its_words(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
