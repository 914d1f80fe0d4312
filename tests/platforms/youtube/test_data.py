import json

from manycast.platforms.values import App
from manycast.platforms.wire import Reply
from manycast.platforms.youtube.data import READ, WRITE, one, page, read, sign, write


def reply(value: object) -> Reply:
    return Reply(200, {}, json.dumps(value).encode())


def test_reading_costs_one_unit_and_writing_fifty() -> None:
    looked = read("https://api/x", {"part": "id"}, lambda _: None).request
    made = write("POST", "https://api/x", {}, {"a": 1}, lambda _: None).request
    assert (looked.cost, made.cost) == (READ, WRITE)
    assert (looked.repeatable, made.repeatable) == (True, False)
    assert write("PUT", "https://api/x", {}, {}, lambda _: None).request.repeatable


def test_the_access_token_goes_into_the_head() -> None:
    request = sign(read("https://api/x", {}, lambda _: None).request, App("id"), "token")
    assert request.headers["Authorization"] == "Bearer token"
    assert "token" not in repr(request)


def test_pages_have_items_and_perhaps_a_next() -> None:
    made = page(lambda item: int(item["n"]))
    assert made(reply({"items": [{"n": 1}, {"n": 2}], "nextPageToken": "t"})).items == (1, 2)
    assert made(reply({"items": []})).next_token == ""
    assert one(lambda item: item["n"])(reply({"n": 3})) == 3
