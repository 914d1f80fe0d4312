from collections.abc import Callable

import httpx2
import pytest

from manycast.client.errors import RefusedError, UnreachableError
from manycast.client.wire import ATTEMPTS_MAX, WAIT_S_LIMIT, Wire
from manycast.schema.channels import NewStreamKey
from manycast.schema.system import System
from manycast.schema.values import ProblemDetails


Server = Callable[[httpx2.Request], httpx2.Response]


class Asked:
    """A wire to a server made of a function, and what went over it."""

    def __init__(self, server: Server) -> None:
        self.requests: list[httpx2.Request] = []
        self.waited: list[float] = []

        def answer(request: httpx2.Request) -> httpx2.Response:
            self.requests.append(request)
            return server(request)

        transport = httpx2.MockTransport(answer)  # the library's own way to join a function
        self.wire = Wire("http://control", "mck_x", transport=transport, pause=self.waited.append)


def busy(_: httpx2.Request) -> httpx2.Response:
    problem = ProblemDetails(
        type="urn:manycast:problem:unavailable", title="", status=503, detail="The database rests."
    )
    return httpx2.Response(503, json=problem.model_dump(), headers={"Retry-After": "60"})


def gone(_: httpx2.Request) -> httpx2.Response:
    raise httpx2.ConnectError("Connection refused")


def test_reading_outlives_a_restart_of_the_control_role() -> None:
    answers = iter([gone, busy, lambda _: httpx2.Response(200, json={"version": "9"})])

    def in_turn(request: httpx2.Request) -> httpx2.Response:
        return next(answers)(request)

    asked = Asked(in_turn)
    assert asked.wire.send("GET", "/system").json() == {"version": "9"}
    assert asked.waited == [0.5, WAIT_S_LIMIT]


def test_what_is_gone_after_a_lost_reply_is_deleted() -> None:
    missing = ProblemDetails(
        type="urn:manycast:problem:not-found", title="", status=404, detail="There is none."
    )
    answers = iter([gone, lambda _: httpx2.Response(404, json=missing.model_dump())] * 2)

    def in_turn(request: httpx2.Request) -> httpx2.Response:
        return next(answers)(request)

    asked = Asked(in_turn)
    assert asked.wire.send("DELETE", "/rules/rul_1").status_code == 404
    with pytest.raises(RefusedError):
        asked.wire.send("GET", "/rules/rul_1")


@pytest.mark.parametrize(("server", "error"), [(busy, RefusedError), (gone, UnreachableError)])
def test_patience_has_an_end(server: Server, error: type[Exception]) -> None:
    asked = Asked(server)
    with pytest.raises(error):
        asked.wire.send("GET", "/system")
    assert len(asked.requests) == ATTEMPTS_MAX == len(asked.waited) + 1


def test_a_creation_is_repeated_under_one_idempotency_key_and_nothing_else_is() -> None:
    asked = Asked(gone)
    body = NewStreamKey(name="a")
    with pytest.raises(UnreachableError):
        asked.wire.send("POST", "/things", body=body, once=True)
    assert len({request.headers["Idempotency-Key"] for request in asked.requests}) == 1
    assert len(asked.requests) == ATTEMPTS_MAX
    with pytest.raises(UnreachableError):
        asked.wire.send("POST", "/things", body=body)
    assert len(asked.requests) == ATTEMPTS_MAX + 1


def test_names_stay_within_their_part_of_the_path() -> None:
    asked = Asked(lambda _: httpx2.Response(204))
    asked.wire.send("GET", "/channels/{channel}", channel="../users?x=1")
    assert asked.requests[0].url.raw_path == b"/api/v1/channels/..%2Fusers%3Fx%3D1"


def test_a_stranger_that_answers_is_told_from_a_refusal() -> None:
    asked = Asked(lambda _: httpx2.Response(404, text="<html>nginx</html>"))
    with pytest.raises(UnreachableError, match="is it a manycast control role"):
        asked.wire.send("GET", "/system")
    asked = Asked(lambda _: httpx2.Response(200, text="hello"))
    with pytest.raises(UnreachableError, match="does not understand"):
        asked.wire.ask("GET", "/system", System)


def test_what_is_no_address_is_said_to_be_none() -> None:
    with pytest.raises(UnreachableError, match="http://HOST:PORT"):
        Wire("http://[::1").send("GET", "/system")


@pytest.mark.parametrize("url", ["localhost:8080", "nonsense", "ftp://example.org"])
def test_what_is_no_address_is_told_how_one_looks(url: str) -> None:
    with pytest.raises(UnreachableError, match="use http://HOST:PORT"):
        Wire(url)
