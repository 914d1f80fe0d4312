from fastapi import Request, Response
from tests.api.asking import Room

from manycast.api.cookies import forget_session, set_session


def test_a_browser_told_to_forget_a_cookie_knows_which(room: Room) -> None:
    request = Request(
        {"type": "http", "scheme": "https", "server": ("tv", 443), "path": "/", "headers": []}
    )
    given, taken = Response(), Response()
    set_session(request, given, room.context, "mcs_1")
    forget_session(request, taken, room.context)
    name = "__Host-manycast_session="
    assert given.headers["Set-Cookie"].startswith(f"{name}mcs_1;")
    assert taken.headers["Set-Cookie"].startswith(f'{name}"";')
    for reply in (given, taken):
        assert {"HttpOnly", "Secure", "SameSite=strict"} <= set(
            reply.headers["Set-Cookie"].split("; ")
        )
