import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.runtime.http.parents import LIMITS, Heard, get, nobody, raw_parent, served

from manycast.model.failures import Failure
from manycast.runtime.http.client import Client, Parent
from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.pool import resolve
from manycast.runtime.http.server import serve


HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For ``localhost``, signed by itself; chain and key in one file."""
    path = tmp_path_factory.mktemp("tls") / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
               "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
               "subjectAltName=DNS:localhost", "-keyout", str(path), "-out", str(path) + ".crt"]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    path.write_text(path.read_text() + Path(str(path) + ".crt").read_text())
    return path


@asynccontextmanager
async def secure_parent(certificate: Path, said: list[object]) -> AsyncIterator[int]:
    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        tls = writer.get_extra_info("ssl_object")
        said.append(tls.selected_alpn_protocol())
        writer.write(HELLO)
        writer.close()

    def name(_: object, name: str | None, __: object) -> None:
        said.append(name)

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols(["h2", "http/1.1"])
    context.sni_callback = name
    server = await asyncio.start_server(converse, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def to_this_machine(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


async def test_a_secure_parent_is_named_and_its_certificate_checked(certificate: Path) -> None:
    said: list[object] = []
    trusting = replace(LIMITS, ca_file=str(certificate))
    async with secure_parent(certificate, said) as port:
        parent = Parent("localhost", port, secure=True)
        async with Client([parent], trusting, resolve=to_this_machine) as client:
            assert (await get(client)).body == b"hi"
        assert said == ["localhost", "http/1.1"]
        async with Client([parent], LIMITS, resolve=to_this_machine) as client:
            heard = await get(client)
            assert heard.failure is Failure.UNREACHABLE
            assert "certificate" in heard.said.lower()
        other = Parent("example.org", port, secure=True)
        async with Client([other], trusting, resolve=to_this_machine) as client:
            assert (await get(client)).failure is Failure.UNREACHABLE


async def test_a_file_of_authorities_that_is_not_there_is_an_error_at_the_start() -> None:
    with pytest.raises(OSError):
        Client([Parent("a", 443, secure=True)], replace(LIMITS, ca_file="/none"))


async def test_every_address_of_a_name_is_tried_and_the_one_that_answers_stays_first() -> None:
    async def two(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.2", "127.0.0.1"]

    asked: list[str] = []
    async with raw_parent(HELLO, HELLO) as (parent, _):
        named = Parent("origin.test", parent.port)
        async with Client([named], LIMITS, resolve=two) as client:
            assert (await get(client)).body == b"hi"
            assert (await get(client)).body == b"hi"
            assert client.pools[0]._addresses == ["127.0.0.1", "127.0.0.2"]
    assert asked == ["origin.test"]


async def test_a_name_is_asked_for_anew_after_a_failure_and_after_a_while() -> None:
    async def moving(host: str, port: int) -> list[str]:
        asked.append(host)
        if len(asked) == 3:
            raise OSError("no such name")
        return ["127.0.0.2"] if len(asked) == 1 else ["127.0.0.1"]

    asked: list[str] = []
    async with raw_parent(HELLO, HELLO, HELLO) as (parent, _):
        named = Parent("origin.test", parent.port)
        async with Client([named], replace(LIMITS, resolve_s=0), resolve=moving) as client:
            assert (await get(client)).failure is Failure.UNREACHABLE
            assert (await get(client)).body == b"hi"
            assert (await get(client)).body == b"hi"  # the name is gone; its last address is used
    assert len(asked) == 3


async def test_connections_to_an_address_that_the_name_has_left_are_not_used_again() -> None:
    def changing() -> list[str]:
        return ["127.0.0.1"] if len(asked) == 1 else ["localhost"]

    async def by_name(host: str, port: int) -> list[str]:
        asked.append(host)
        return changing()

    asked: list[str] = []
    application = served(lambda exchange: exchange.send(200, (), exchange.peer.encode()))
    settings = replace(LIMITS, resolve_s=0)
    async with application as parent:
        named = Parent("origin.test", parent.port)
        async with Client([named], settings, resolve=by_name) as client:
            first = await get(client)
            async with asyncio.TaskGroup() as tasks:  # the second of them connects
                two = [tasks.create_task(get(client)) for _ in range(2)]
            last = await get(client)
    assert first.body in [heard.result().body for heard in two]
    assert last.body != first.body


async def test_a_name_that_does_not_exist_says_so() -> None:
    async def none(host: str, port: int) -> list[str]:
        raise OSError("Name or service not known")

    async with Client([Parent("nowhere.test", 80)], LIMITS, resolve=none) as client:
        heard = await get(client)
    assert heard.failure is Failure.UNREACHABLE
    assert "nowhere.test" in heard.said
    assert "not known" in heard.said


async def test_the_system_knows_this_machine() -> None:
    assert set(await resolve("localhost", 80)) & {"127.0.0.1", "::1"}


async def test_a_dead_parent_is_tried_by_one_connection_at_a_time() -> None:
    gone = await nobody()
    async with Client([gone], LIMITS) as client:
        await get(client)
        pool = client.pools[0]
        for _ in range(20):
            client.fetch(("GET", b"/", b""), Heard())
        assert len(pool._connecting) == 1


async def test_a_parent_may_have_an_ipv6_address() -> None:
    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        heads.append(head)
        writer.write(HELLO)
        writer.close()

    heads: list[bytes] = []
    try:
        server = await asyncio.start_server(converse, "::1", 0)
    except OSError:
        pytest.skip("no IPv6 on this machine")
    port = server.sockets[0].getsockname()[1]
    async with Client([Parent("::1", port)], LIMITS) as client:
        assert (await get(client)).body == b"hi"
    assert b"\r\nhost: [::1]:%d\r\n" % port in heads[0]
    server.close()


async def test_who_waited_for_a_parent_that_is_back_gets_connections_at_once() -> None:
    def hold(exchange: Exchange) -> None:
        held.append(exchange)

    gone, held = await nobody(), []
    async with Client([gone], replace(LIMITS, away_s=60)) as client:
        waiting = [Heard() for _ in range(20)]
        for heard in waiting:
            client.fetch(("GET", b"/", b""), heard)
        while not client.parents.away:
            await asyncio.to_thread(bool)
        back = await serve(hold, "127.0.0.1", gone.port)
        async with asyncio.timeout(10):
            while len(held) < 20:
                await asyncio.to_thread(bool)
        assert len({exchange.peer for exchange in held}) == 20
        for exchange in held:
            exchange.send(200)
        async with asyncio.timeout(10):
            for heard in waiting:
                await heard.over.wait()
        await back.close()
