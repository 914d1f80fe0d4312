import pytest

from manycast.cli.whip import main


def test_it_says_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([])
    assert "--output" in capsys.readouterr().err
