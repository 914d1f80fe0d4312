import asyncio

import pytest
from tests.runtime.control_peer import TOKEN, Control, listening

from manycast.runtime import link
from manycast.runtime.http.pool import Parent
from manycast.runtime.link import Link, Told


async def told(control: Control, *, token: str = TOKEN, patience_s: float = 10.0) -> Told:
    """What one question gets."""
    answers: asyncio.Queue[Told] = asyncio.Queue()
    async with asyncio.timeout(20), Link(control.place, token) as one:
        one.ask("/api/v1/x", {"a": 1}, patience_s, answers.put_nowait)
        return await answers.get()


async def test_a_value_goes_there_and_one_comes_back() -> None:
    control = Control(lambda path, value: (200, [path, value]))
    async with listening(control):
        assert await told(control) == Told(200, ["/api/v1/x", {"a": 1}])


async def test_a_refusal_counts_only_in_the_words_of_the_control_role() -> None:
    """Whatever else listens there says 404 to everything."""
    control = Control(lambda *_: (404, {"title": "unknown"}))
    async with listening(control):
        assert await told(control) == Told(404, {"title": "unknown"})
        control.kind = b"text/html"
        assert await told(control) == Told(0, why="it answered 404")


async def test_another_token_is_refused() -> None:
    control = Control()
    async with listening(control):
        assert (await told(control, token="x" * 43)).status == 401


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [(200, b"{", "no JSON"), (503, b"{}", "it answered 503"), (200, b"[" * 99, "too long")],
)
async def test_what_is_no_answer_is_said_to_be_none(
    status: int, body: bytes, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "ANSWER_BYTES_MAX", 50)
    control = Control(lambda *_: (status, body))
    async with listening(control):
        found = await told(control)
    assert found.status == 0
    assert why in found.why


async def test_nobody_there_is_told_at_once() -> None:
    control = Control()
    async with listening(control):
        pass
    assert (await told(control, patience_s=1000)).status == 0


async def test_patience_ends_also_in_the_middle_of_an_answer() -> None:
    async def stall(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{")
        writers.append(writer)

    writers: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(stall, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert await told(Control(port=port), patience_s=0.05) == Told(0, why="it took too long")
    for writer in writers:
        writer.close()
        await writer.wait_closed()
    server.close()


async def test_a_question_given_up_is_never_answered() -> None:
    control = Control(silent=True)
    answers: list[Told] = []
    async with listening(control), Link(control.place, TOKEN) as one:
        give_up = one.ask("/x", None, 0.01, answers.append)
        give_up()
        await asyncio.sleep(0.03)
    assert not answers


def test_a_url_names_a_place_and_nothing_more() -> None:
    assert Parent.of_url("https://control.example.org/").name == "https://control.example.org"
    for url in ("control.example.org", "http://a/b", "http://u@a", "http://a:99999"):
        with pytest.raises(ValueError, match=url.partition("://")[2] or url):
            Parent.of_url(url)
