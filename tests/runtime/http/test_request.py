import pytest

from manycast.runtime.http.request import RefusedRequestError, split_target


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        (b"/a/b?c=d&e", "/a/b", "c=d&e"),
        (b"/", "/", ""),
        (b"/?", "/", ""),
        (b"//a", "//a", ""),
        (b"http://host/a?b", "/a", "b"),
        (b"HTTP://host", "/", ""),
        (b"http://host?q", "/", "q"),
    ],
)
def test_targets_in_origin_and_absolute_form_are_understood(
    target: bytes, path: str, query: str
) -> None:
    assert split_target("GET", target)[1:] == (path, query)


@pytest.mark.parametrize("target", [b"*", b"a/b", b"/a#b", b"host:80"])
def test_other_forms_are_refused(target: bytes) -> None:
    with pytest.raises(RefusedRequestError):
        split_target("GET", target)


def test_options_may_ask_for_the_whole_server() -> None:
    assert split_target("OPTIONS", b"*") == (None, "*", "")


def test_an_absolute_target_names_its_authority() -> None:
    assert split_target("GET", b"http://b:80/a?c") == (b"b:80", "/a", "c")
    assert split_target("GET", b"http:///a") == (b"", "/a", "")
