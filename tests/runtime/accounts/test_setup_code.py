from pathlib import Path

from manycast.runtime.accounts.setup_code import FILE, ensure, forget, opens


def test_the_code_stays_the_same_until_it_is_used(tmp_path: Path) -> None:
    directory = tmp_path / "new"
    code = ensure(directory)
    assert ensure(directory) == code
    assert (directory / FILE).stat().st_mode & 0o777 == 0o600
    assert opens(directory, code)
    assert not opens(directory, code[:-1])
    forget(directory)
    forget(directory)
    assert not opens(directory, code)


def test_an_empty_file_opens_nothing(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("")
    assert not opens(tmp_path, "")
