import pytest

from manycast.cli.__main__ import main


def test_it_is_not_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["whip"])
    assert "--output" in capsys.readouterr().err
