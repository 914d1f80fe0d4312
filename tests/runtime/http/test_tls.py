import asyncio
import os
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import uvloop
from tests.runtime.http.certificates import certify, needs_openssl

from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.server import Server
from manycast.runtime.http.tls import Certificate
from manycast.settings.http import HttpServerSettings
from manycast.settings.tls import TlsSettings


pytestmark = needs_openssl
QUICK = HttpServerSettings(drain_s=0.1, linger_s=0.1)
PATIENCE_S = 20


def client(chain: Path, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(chain))
    context.set_alpn_protocols(["h2", "http/1.1"])
    context.maximum_version = newest
    return context


async def listening(certificate: Certificate, application: Callable[[Exchange], None]) -> Server:
    server = Server(application, QUICK, None)
    server.certificate = certificate
    await server.listen("127.0.0.1", 0)
    return server


async def asked(port: int, context: ssl.SSLContext, request: bytes) -> tuple[bytes, str, str]:
    """The whole reply, the protocol agreed on, and the certificate's name."""
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=context, server_hostname="localhost"
    )
    told = writer.get_extra_info("ssl_object")
    name = dict(pair[0] for pair in writer.get_extra_info("peercert")["subject"])["commonName"]
    writer.write(request)
    async with asyncio.timeout(PATIENCE_S):
        reply = await reader.read()
    writer.close()
    with suppress(ConnectionError, ssl.SSLError):
        await writer.wait_closed()
    return reply, str(told.selected_alpn_protocol()), name


def hello(exchange: Exchange) -> None:
    exchange.send(200, (), bytes(300_000))


CLOSE = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def test_replies_arrive_whole_over_tls_on_the_loop_of_every_role(tmp_path: Path) -> None:
    chain, key = certify(tmp_path)

    async def run() -> None:
        certificate = Certificate(TlsSettings(str(chain), str(key)))
        server = await listening(certificate, hello)
        for newest in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = client(chain, newest)
            reply, protocol, _ = await asked(server.port, context, CLOSE)
            assert reply.endswith(b"\r\n\r\n" + bytes(300_000))
            assert protocol == "http/1.1"
        refused, _, _ = await asked(server.port, client(chain), b"NONSENSE\r\n\r\n")
        assert refused.startswith(b"HTTP/1.1 400 ")
        await server.close()

    uvloop.run(run())


async def test_old_versions_and_plain_text_are_turned_away(tmp_path: Path) -> None:
    chain, key = certify(tmp_path)
    certificate = Certificate(TlsSettings(str(chain), str(key)))
    assert certificate.context.minimum_version is ssl.TLSVersion.TLSv1_2
    server = await listening(certificate, hello)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(CLOSE)
    async with asyncio.timeout(PATIENCE_S):
        with suppress(ConnectionError):
            assert b"HTTP/1.1 200" not in await reader.read()
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    await server.close()


async def test_who_never_finishes_the_handshake_is_cut(tmp_path: Path) -> None:
    chain, key = certify(tmp_path)
    settings = TlsSettings(str(chain), str(key), handshake_s=0.05)
    server = await listening(Certificate(settings), hello)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    async with asyncio.timeout(PATIENCE_S):
        assert await reader.read() == b""
    writer.close()
    await server.close()


async def test_a_renewed_certificate_is_taken_up_and_a_broken_one_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    chain, key = certify(tmp_path, "localhost")
    certificate = Certificate(TlsSettings(str(chain), str(key)))
    server = await listening(certificate, hello)
    trusting = client(chain)
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_REQUIRED

    async def name() -> str:
        trusting.load_verify_locations(str(chain))
        return (await asked(server.port, trusting, CLOSE))[2]

    assert not certificate.look()
    assert await name() == "localhost"
    certify(tmp_path, "renewed.example")
    assert certificate.look()
    assert await name() == "renewed.example"
    good = chain.read_bytes()
    for bad in (b"nonsense", b"", certify(tmp_path, "other", key="other.pem")[0].read_bytes()):
        chain.write_bytes(bad)
        assert not certificate.look()
        assert not certificate.look()
    assert caplog.text.count("the old certificate stays") == 3
    chain.unlink()
    assert not certificate.look()
    chain.write_bytes(good)
    assert certificate.look()
    assert await name() == "renewed.example"
    await server.close()


@pytest.mark.looptime
async def test_the_files_are_looked_at_by_themselves(tmp_path: Path) -> None:
    chain, key = certify(tmp_path)
    certificate = Certificate(TlsSettings(str(chain), str(key), look_s=1))
    loads: list[ssl.SSLContext] = []
    certificate._load = loads.append  # type: ignore[method-assign]
    certificate.watch()
    os.utime(chain, (1, 1))
    await asyncio.sleep(1.5)
    certificate.close()
    assert len(loads) == 2


def test_a_key_with_a_passphrase_is_an_error_and_no_question(tmp_path: Path) -> None:
    chain, key = certify(tmp_path)
    for text in (
        key.read_text().replace("-----BEGIN PRIVATE KEY", "-----BEGIN ENCRYPTED PRIVATE KEY"),
        "",
    ):
        key.write_text(text)
        with pytest.raises(OSError, match="TLS certificate"):
            Certificate(TlsSettings(str(chain), str(key)))
    with pytest.raises(OSError, match="TLS certificate"):
        Certificate(TlsSettings(str(chain), str(tmp_path / "missing")))
