import asyncio
import random
import socket
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from tests.runtime.http.parents import LIMITS, Heard, get, key_of, nobody, raw_parent, served

from manycast.model.failures import Failure
from manycast.runtime.http.client import Client, Parent, Routing
from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.server import Server, serve
from manycast.settings.http import HttpServerSettings
from manycast.settings.parents import ParentsSettings


async def test_connections_are_kept_and_used_again() -> None:
    peers: set[str] = set()

    def application(exchange: Exchange) -> None:
        peers.add(exchange.peer)
        exchange.send(200, (), exchange.request.path.encode())

    async with served(application) as parent, Client([parent], LIMITS) as client:
        for path in (b"/a", b"/b", b"/c"):
            assert (await get(client, path)).body == path
        assert len(peers) == 1


async def test_no_more_connections_than_allowed_and_the_rest_wait_their_turn() -> None:
    peers: set[str] = set()
    held: list[Exchange] = []

    def application(exchange: Exchange) -> None:
        peers.add(exchange.peer)
        held.append(exchange)
        asyncio.get_running_loop().call_later(0.001, lambda: held.pop().send(200, (), b"x"))

    settings = replace(LIMITS, connections_max=2)
    async with served(application) as parent, Client([parent], settings) as client:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(20):
                tasks.create_task(get(client))
        assert len(peers) <= 2


async def test_one_fetch_too_many_fails_at_once() -> None:
    settings = replace(LIMITS, connections_max=1, queue_max=1)
    async with raw_parent(keep=True) as (parent, _), Client([parent], settings) as client:
        first = client.fetch(("GET", b"/", b""), Heard())
        assert (await get(client)).failure is Failure.BUSY
        first.cancel()


async def test_a_kept_connection_that_has_gone_stale_is_replaced_once() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
    stale = raw_parent(answer, answer, closes_on_second=True)
    async with stale as (parent, connections), Client([parent], LIMITS) as client:
        assert (await get(client)).body == b"hi"
        assert (await get(client)).body == b"hi"
        assert len(connections) == 2
        assert (await get(client)).failure is Failure.BROKEN
        assert len(connections) == 3


async def test_a_cut_body_is_a_failure_and_never_an_end() -> None:
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"
    async with raw_parent(cut) as (parent, _), Client([parent], LIMITS) as client:
        heard = await get(client)
    assert (heard.status, heard.body, heard.failure) == (200, b"half", Failure.BROKEN)


async def test_a_silent_parent_is_a_timeout() -> None:
    settings = replace(LIMITS, first_byte_s=0.02)
    async with raw_parent(keep=True) as (parent, _), Client([parent], settings) as client:
        assert (await get(client)).failure is Failure.TIMEOUT


async def test_a_body_that_stops_coming_is_a_timeout() -> None:
    begun = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"
    settings = replace(LIMITS, idle_s=0.02)
    async with raw_parent(begun, keep=True) as (parent, _), Client([parent], settings) as client:
        heard = await get(client)
    assert (heard.body, heard.failure) == (b"half", Failure.TIMEOUT)


async def test_the_next_parent_is_asked_when_one_is_unreachable() -> None:
    gone = await nobody()
    async with served(lambda exchange: exchange.send(200, (), b"second")) as there:
        async with Client([gone, there], LIMITS) as client:
            assert (await get(client)).body == b"second"
        async with Client([gone], LIMITS) as client:
            assert (await get(client)).failure is Failure.UNREACHABLE


async def test_a_fetch_waits_for_a_parent_that_is_away_for_a_moment() -> None:
    gone = await nobody()
    settings = replace(LIMITS, away_s=60)
    async with Client([gone], settings) as client, asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(get(client))
        while not client.parents.away:
            await asyncio.to_thread(bool)  # a turn of the loop
        server = await serve(
            lambda exchange: exchange.send(200, (), b"back"), "127.0.0.1", gone.port
        )
        assert (await waiting).body == b"back"
        await server.close()


async def test_a_cancelled_fetch_is_heard_of_no_more() -> None:
    pieces = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n"
    heard = Heard()
    async with raw_parent(pieces, keep=True) as (parent, _), Client([parent], LIMITS) as client:
        heard.on_data = client.fetch(("GET", b"/", b""), heard).cancel
        async with asyncio.timeout(10):
            await heard.started.wait()
    assert heard.body == b"a"
    assert not heard.over.is_set()


async def test_a_paused_fetch_takes_nothing_more_until_it_goes_on() -> None:
    size = 64 << 20
    heard = Heard()
    big = served(lambda exchange: exchange.send(200, (), bytes(size)))
    async with big as parent, Client([parent], LIMITS) as client:
        fetch = client.fetch(("GET", b"/", b""), heard)
        heard.on_data = fetch.pause
        async with asyncio.timeout(10):
            await heard.started.wait()
        assert len(heard.body) < size
        heard.on_data = None
        fetch.resume()
        async with asyncio.timeout(20):
            await heard.over.wait()
    assert len(heard.body) == size


async def test_an_error_of_the_users_is_not_wrapped() -> None:
    with pytest.raises(ValueError, match="mine"):
        async with Client([Parent("127.0.0.1", 1)], LIMITS):
            raise ValueError("mine")


async def test_the_parents_authority_is_the_host() -> None:
    assert Parent("h", 80).authority == b"h"
    assert Parent("h", 81).authority == b"h:81"
    assert Parent("::1", 81).authority == b"[::1]:81"


async def test_a_request_body_goes_with_its_length_and_is_not_sent_twice() -> None:
    bodies: list[tuple[str, bytes, bytes | None]] = []

    def application(exchange: Exchange) -> None:
        request = exchange.request
        bodies.append((request.method, request.body, request.header(b"content-length")))
        if request.method == "PATCH":
            exchange.abort()
        else:
            exchange.send(204)

    server = await serve(application, "127.0.0.1", 0)
    async with Client([Parent("127.0.0.1", server.port)], ParentsSettings()) as client:
        for method, body in (("POST", b"hello"), ("POST", b""), ("DELETE", b""), ("PATCH", b"x")):
            heard = Heard()
            client.fetch((method, b"/", b""), heard, body=body)
            await heard.over.wait()
    await server.close()
    assert heard.failure is Failure.BROKEN
    assert bodies == [
        ("POST", b"hello", b"5"),
        ("POST", b"", b"0"),
        ("DELETE", b"", None),
        ("PATCH", b"x", b"1"),
    ]


async def test_a_parent_may_be_a_unix_socket(tmp_path: Path) -> None:
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(tmp_path / "s"))
    server = Server(lambda exchange: exchange.send(200, (), b"here"), HttpServerSettings(), None)
    await server.accept_from([listening])
    parent = Parent("worker-1", 80, str(tmp_path / "s"))
    async with Client([parent], ParentsSettings()) as client:
        assert (await get(client)).body == b"here"
    await server.close()


async def test_objects_are_shared_out_among_parents_and_each_stays_with_its_own() -> None:
    def parent(name: bytes):
        return served(lambda exchange: exchange.send(200, (), name))

    async with parent(b"a") as a, parent(b"b") as b, Client([a, b], LIMITS) as client:
        first = [bytes((await get(client, b"/%d" % n)).body) for n in range(30)]
        again = [bytes((await get(client, b"/%d" % n)).body) for n in range(30)]
        by_key = Heard()
        client.fetch(("GET", b"/0?x", b""), by_key, routing=Routing(key=b"/0"))
        await by_key.over.wait()
    assert set(first) == {b"a", b"b"}
    assert first == again
    assert by_key.body == first[0]


async def test_a_parent_that_breaks_off_or_is_sick_is_replaced_by_the_next() -> None:
    sick = b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"
    for answers in ((sick,), (b"", b"")):
        async with (
            raw_parent(*answers) as (bad, _),
            served(lambda exchange: exchange.send(200, (), b"good")) as good,
            Client([bad, good], LIMITS) as client,
        ):
            heard = await get(client, key_of(client, 0))
            assert (heard.status, heard.body) == (200, b"good")
            assert client.snapshot()[1].retries == 1


@pytest.mark.parametrize("lie", [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
                                 b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhalf"])  # fmt: skip
async def test_a_small_reply_that_is_not_whole_is_replaced_by_the_next_parents(lie: bytes) -> None:
    async with (
        raw_parent(lie) as (bad, _),
        served(lambda exchange: exchange.send(200, (), b"good")) as good,
        Client([bad, good], replace(LIMITS, proof_s=5)) as client,
    ):
        heard = await get(client, key_of(client, 0))
    assert (heard.status, heard.body) == (200, b"good")


async def test_a_small_reply_that_takes_its_time_is_passed_on_as_it_comes() -> None:
    begun = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"
    async with (
        raw_parent(begun, keep=True) as (bad, _),
        served(lambda exchange: exchange.send(200, (), b"good")) as good,
        Client([bad, good], replace(LIMITS, proof_s=0.01, idle_s=0.05)) as client,
    ):
        heard = await get(client, key_of(client, 0))
    assert (heard.status, heard.body, heard.failure) == (200, b"half", Failure.TIMEOUT)


async def test_a_sick_reply_is_the_reply_when_no_other_parent_is_left() -> None:
    sick = b"HTTP/1.1 503 No\r\nContent-Length: 4\r\n\r\nsick"
    async with raw_parent(sick) as (bad, _), Client([bad], LIMITS) as client:
        heard = await get(client)
    assert (heard.status, heard.body) == (503, b"sick")


async def test_a_fallback_answers_when_no_parent_can_be_reached() -> None:
    gone = await nobody()
    async with (
        served(lambda exchange: exchange.send(200, (), b"origin")) as origin,
        Client([gone], LIMITS, [origin]) as client,
    ):
        assert (await get(client)).body == b"origin"
        assert [parent.state for parent in client.snapshot()] == ["open", "closed"]


async def test_a_slow_parent_has_the_next_asked_as_well_and_the_loser_is_cut() -> None:
    left = asyncio.Event()
    slow = asyncio.Event()

    def bad(exchange: Exchange) -> None:
        if slow.is_set():
            exchange.on_closed(left.set)
        else:
            exchange.send(200, (), b"bad")

    settings = replace(LIMITS, hedge_s_min=0.01, hedge_samples=3)
    async with (
        served(bad) as first,
        served(lambda exchange: exchange.send(200, (), b"good")) as second,
        Client([first, second], settings) as client,
    ):
        key = key_of(client, 0)
        for _ in range(3):
            assert (await get(client, key)).body == b"bad"
        slow.set()
        assert (await get(client, key)).body == b"good"
        async with asyncio.timeout(10):
            await left.wait()
        held = Heard()
        fetch = client.fetch(("GET", key, b""), held, 0.1, routing=Routing(held=True))
        async with asyncio.timeout(10):
            await held.over.wait()
        assert (held.failure, fetch.over) == (Failure.TIMEOUT, True)
        numbers = client.snapshot()
    assert (numbers[1].hedges, numbers[1].hedges_won) == (1, 1)
    assert numbers[0].failures == {"slow": 1, "timeout": 1}
    assert [parent.in_flight for parent in numbers] == [0, 0]


async def test_a_parent_that_returns_is_used_again() -> None:
    gone = await nobody()
    settings = replace(LIMITS, ejected_s=0.01)
    async with (
        served(lambda exchange: exchange.send(200, (), b"other")) as other,
        Client([gone, other], settings) as client,
    ):
        key = key_of(client, 0)
        assert (await get(client, key)).body == b"other"
        back = await serve(lambda exchange: exchange.send(200, (), b"back"), "127.0.0.1", gone.port)
        async with asyncio.timeout(10):
            while (await get(client, key)).body != b"back":
                pass
        await back.close()


async def test_nothing_is_lost_when_a_parent_dies_under_load() -> None:
    peers: list[Exchange] = []
    dying = await serve(peers.append, "127.0.0.1", 0)
    async with (
        served(lambda exchange: exchange.send(200, (), b"good")) as good,
        Client([Parent("127.0.0.1", dying.port), good], LIMITS) as client,
    ):
        async with asyncio.TaskGroup() as tasks:
            fetches = [tasks.create_task(get(client, b"/%d" % n)) for n in range(200)]
            async with asyncio.timeout(10):
                while len(peers) < 50:
                    await asyncio.to_thread(bool)
            closing = tasks.create_task(dying.close())
            for exchange in peers:
                exchange.abort()
            await closing
        assert {bytes(fetch.result().body) for fetch in fetches} == {b"good"}


async def test_the_host_may_be_another_than_the_parents() -> None:
    def application(exchange: Exchange) -> None:
        exchange.send(200, (), exchange.request.header(b"host") or b"")

    async with served(application) as parent, Client([parent], LIMITS) as client:
        heard = Heard()
        client.fetch(("GET", b"/", b""), heard, routing=Routing(host=b"example.org"))
        await heard.over.wait()
        assert heard.body == b"example.org"
        assert (await get(client)).body == parent.authority


async def test_interim_replies_are_passed_on() -> None:
    answer = b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 204 No\r\n\r\n"
    async with raw_parent(answer) as (parent, _), Client([parent], LIMITS) as client:
        heard = await get(client)
    assert (heard.interims, heard.status) == ([103], 204)


async def test_a_cancelled_fetch_leaves_nothing_in_flight() -> None:
    async with raw_parent(keep=True) as (parent, _), Client([parent], LIMITS) as client:
        client.fetch(("GET", b"/", b""), Heard()).cancel()
        assert client.snapshot()[0].in_flight == 0


BEHAVIOURS = (
    b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\n\r\n",
    b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood",
    b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ngood",
    b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngoodness",
    b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\ngood",
    b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nConte",
    b"",
)


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_parents_do_each_fetch_ends_once_and_a_whole_reply_is_right(
    seed: int,
) -> None:
    rng = random.Random(seed)  # noqa: S311 - to be the same each time

    async def misbehave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talking.add(writer)
        answer = rng.choice(BEHAVIOURS)
        cut = rng.randrange(len(answer) + 1)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            with suppress(TimeoutError):
                async with asyncio.timeout(rng.choice((0, 0, 0.02))):
                    await asyncio.Event().wait()
            for piece in (answer[:cut], answer[cut:]):
                writer.write(piece)
                await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        talking.discard(writer)

    talking: set[asyncio.StreamWriter] = set()
    heard = [Heard() for _ in range(200)]
    async with AsyncExitStack() as stack:
        servers = [await asyncio.start_server(misbehave, "127.0.0.1", 0) for _ in range(3)]
        parents = [Parent("127.0.0.1", one.sockets[0].getsockname()[1]) for one in servers]
        limits = replace(
            LIMITS, connections_max=20, first_byte_s=0.5, idle_s=0.5, proof_s=0.01, ejected_s=0.01
        )
        client = await stack.enter_async_context(Client(parents, limits))
        async with asyncio.timeout(30):
            for number, one in enumerate(heard):
                fetch = client.fetch(("GET", b"/%d" % number, b""), one)
                if rng.random() < 0.1:
                    fetch.cancel()
                    one.over.set()
            for one in heard:
                await one.over.wait()
        assert [parent.in_flight for parent in client.snapshot()] == [0, 0, 0]
    for server in servers:
        server.close()
    async with asyncio.timeout(10):
        while talking:
            await asyncio.to_thread(bool)
    whole = [one for one in heard if one.status == 200 and one.failure is None]
    assert {bytes(one.body) for one in whole} == {b"good"}
    assert whole
