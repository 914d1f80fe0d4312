import asyncio

import pytest
from fastapi import FastAPI
from starlette.types import Message

from manycast.api import problems
from manycast.api.patience import Patience
from manycast.schema.values import Value


class Wish(Value):
    title: str


async def takes(wish: Wish) -> str:
    return wish.title


def scope() -> dict[str, object]:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"20")]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": "/wish",
        "raw_path": b"/wish",
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": headers,
        "client": ("192.0.2.1", 1),
        "server": ("localhost", 80),
    }


async def asked(pieces: list[bytes]) -> tuple[int, bytes]:
    """The reply to a body whose pieces come, and then nothing more."""
    app = FastAPI()
    problems.install(app)
    app.add_api_route("/wish", takes, methods=["POST"])
    said: list[Message] = []

    async def receive() -> Message:
        if pieces:
            return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}
        await asyncio.Event().wait()
        raise AssertionError

    async def receive_half() -> Message:
        message = await receive()
        message["more_body"] = True
        return message

    async def send(message: Message) -> None:
        said.append(message)

    whole = pieces[-1:] == [b"}"]
    await Patience(app, wait_s=5.0)(scope(), receive if whole else receive_half, send)
    return said[0]["status"], b"".join(m.get("body", b"") for m in said)


@pytest.mark.looptime
async def test_a_body_that_does_not_arrive_is_not_waited_for_for_ever() -> None:
    status, body = await asked([b'{"title":'])
    assert status == 408
    assert b"urn:manycast:problem:request-timeout" in body


@pytest.mark.looptime
async def test_a_body_in_pieces_is_taken() -> None:
    assert await asked([b'{"title":', b'"a"', b"}"]) == (200, b'"a"')
