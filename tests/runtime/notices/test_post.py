import asyncio
import ssl
from pathlib import Path

import pytest
from tests.runtime.notices.receivers import certificate, hooks, raw

from manycast.runtime.notices.failure import DeliveryError
from manycast.runtime.notices.post import ANSWER_BYTES_MAX, Answer, Poster


def poster(
    timeout_s: float = 20, *, private: bool = True, trust: ssl.SSLContext | None = None
) -> Poster:
    return Poster(timeout_s, private, trust or ssl.create_default_context())


async def test_what_is_posted_arrives_as_it_is() -> None:
    async with hooks() as receiver:
        answer = await poster().post(receiver.url, {"X-Mine": "1"}, b"{}")
    assert answer.taken
    (taken,) = receiver.taken
    assert (taken.target, taken.body) == ("/in?token=hidden", b"{}")
    assert taken.headers["x-mine"] == "1"
    assert taken.headers["host"] == receiver.url.split("/")[2]
    assert taken.headers["user-agent"].startswith("manycast/")


async def test_a_private_place_is_not_even_connected_to() -> None:
    async with hooks() as receiver:
        with pytest.raises(DeliveryError, match=r"private_targets"):
            await poster(private=False).post(receiver.url, {}, b"{}")
    assert not receiver.taken


async def test_a_redirect_is_not_followed() -> None:
    async with hooks() as inner, hooks(307, headers=f"Location: {inner.url}\r\n") as outer:
        answer = await poster().post(outer.url, {}, b"{}")
    assert not inner.taken
    assert "redirect" in answer.reason()
    assert "hidden" not in answer.reason()


@pytest.mark.parametrize("answer", ["stall", "lose"])
async def test_who_does_not_answer_is_not_waited_for(answer: str) -> None:
    async with hooks(answer) as receiver:
        with pytest.raises(DeliveryError, match="No answer") as failure:
            await poster(0.2).post(receiver.url, {}, b"{}")
    assert "hidden" not in str(failure.value)


async def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    async with hooks("drip") as receiver:
        answer = await poster().post(receiver.url, {}, b"{}")
    assert len(answer.text) == ANSWER_BYTES_MAX


async def test_a_place_where_nobody_listens_is_named_so() -> None:
    async with hooks() as receiver:
        pass
    with pytest.raises(DeliveryError, match="cannot be reached"):
        await poster().post(receiver.url, {}, b"{}")


async def test_what_is_no_http_is_no_answer() -> None:
    async def nonsense(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.test\r\n" * 3)
        await writer.drain()

    async with raw(nonsense) as port:
        with pytest.raises(DeliveryError, match="No answer"):
            await poster().post(f"http://127.0.0.1:{port}/", {}, b"{}")


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999/", "http://[::1/", "http://x..y/"])
async def test_an_address_that_is_none_fails_like_any_other(url: str) -> None:
    with pytest.raises(DeliveryError):
        await poster().post(url, {}, b"{}")


async def test_a_certificate_is_checked_for_the_name_though_the_address_is_used(
    tmp_path: Path,
) -> None:
    shows, trust = certificate(tmp_path)
    async with hooks(tls=shows) as receiver:
        assert (await poster(trust=trust).post(receiver.url, {}, b"{}")).taken
        with pytest.raises(DeliveryError, match="certificate is not trusted"):
            await poster().post(receiver.url, {}, b"{}")
        by_address = receiver.url.replace("localhost", "127.0.0.1")
        with pytest.raises(DeliveryError, match="certificate is not trusted"):
            await poster(trust=trust).post(by_address, {}, b"{}")


@pytest.mark.parametrize(
    ("said", "asked_s"),
    [("120", 120), ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("soon", 0), ("9" * 30, 0), ("-5", 0)],
)
async def test_a_receiver_may_ask_for_a_pause(said: str, asked_s: float) -> None:
    async with hooks(503, headers=f"Retry-After: {said}\r\n") as receiver:
        answer = await poster().post(receiver.url, {}, b"{}")
    assert answer.asked_s == asked_s


def test_reasons_are_one_line_of_what_was_said() -> None:
    assert Answer(500, 0, "no\r\n\x00 way").reason() == "It answered 500: no way"
    assert Answer(404, 0, "").reason() == "It answered 404."
