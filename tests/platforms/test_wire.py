import pytest

from manycast.platforms.wire import Reply, Request


def test_headers_forms_and_bodies_are_never_shown() -> None:
    request = Request(
        method="POST", url="https://there/x", headers={"a": "s3cr3t"}, form={"b": "s3cr3t"},
        json={"c": "s3cr3t"},
    )  # fmt: skip
    assert "s3cr3t" not in repr(request)
    assert "s3cr3t" not in repr(Reply(200, {"set-cookie": "s3cr3t"}, b"s3cr3t"))


def test_a_reply_that_is_no_json_says_so() -> None:
    with pytest.raises(ValueError):
        Reply(200, {}, b"<html>").json()
