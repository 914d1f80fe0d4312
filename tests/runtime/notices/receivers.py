"""Real receivers on free ports: HTTP and SMTP servers that do what a test wants with each attempt."""

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from manycast.model.notices import Kind, Way
from manycast.runtime.notices.outgoing import Outgoing


def outgoing(**fields: Any) -> Outgoing:
    values: dict[str, Any] = {
        "id": "dlv_0123456789abcdef", "kind": Kind.STREAM_LIVE, "at_ms": 1_767_225_600_000,
        "title": "live is live", "text": "On the air.", "data": {"channel": "live"},
        "attempts": 1, "until_ms": 10**15, "target_id": "tgt_1", "way": Way.WEBHOOK,
    }  # fmt: skip
    return Outgoing(**{**values, **fields})


@dataclass
class Taken:
    """One request or message as it arrived."""

    headers: dict[str, str]
    body: bytes
    target: str = ""


@dataclass
class Hooks:
    """Answers each POST with the next of ``answers``, then with 204: a status, or ``stall``, ``lose`` (close without
    an answer), ``drip`` (an answer that never ends)."""

    answers: list[Any] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    headers: str = ""
    said: bytes = b""
    url: str = ""
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.split("\r\n")
        named = (line.partition(": ") for line in lines if ": " in line)
        headers = {name.lower(): value for name, _, value in named}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.taken.append(Taken(headers, body, first.split(" ")[1]))
        self.arrived.set()
        answer = self.answers.pop(0) if self.answers else 204
        if answer == "lose":
            return
        if answer == "stall":
            await reader.read()
            return
        length = 10**9 if answer == "drip" else len(self.said)
        status = 200 if answer == "drip" else answer
        writer.write(
            f"HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n{self.headers}\r\n".encode()
        )
        writer.write(self.said)
        if answer == "drip":
            while not reader.at_eof():
                writer.write(b"x" * 100)
                await writer.drain()
                await asyncio.sleep(0)
        await writer.drain()
        writer.write_eof() if writer.can_write_eof() else None
        await reader.read()


@asynccontextmanager
async def hooks(
    *answers: Any, tls: ssl.SSLContext | None = None, **fields: Any
) -> AsyncIterator[Hooks]:
    receiver = Hooks(list(answers), **fields)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
    scheme, host = ("https", "localhost") if tls else ("http", "127.0.0.1")
    receiver.url = f"{scheme}://{host}:{server.sockets[0].getsockname()[1]}/in?token=hidden"
    async with server:
        yield receiver
        server.close()


@dataclass
class Mails:
    """What an SMTP server took."""

    port: int = 0
    taken: list[Envelope] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    after_data: list[str] = field(default_factory=list)
    """What to say after DATA, one for each message; then 250. ``stall`` never answers, ``lose`` closes."""
    logins: list[bytes] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_RCPT(  # noqa: N802  as aiosmtpd calls it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.after_data.pop(0) if self.after_data else "250 taken"
        self.arrived.set()
        if answer == "stall":
            await asyncio.Event().wait()
        if answer == "lose":
            assert server.transport is not None
            server.transport.abort()
            return "451 never seen"
        if answer == "take and lose":
            self.taken.append(envelope)
            assert server.transport is not None
            server.transport.abort()
            return "250 never seen"
        if answer.startswith("250"):
            self.taken.append(envelope)
        return answer

    def log_in(
        self, server: SMTP, session: Session, envelope: Envelope, how: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(data.password)
        return AuthResult(success=data.password == b"right", handled=False)


@asynccontextmanager
async def mails(
    tls: ssl.SSLContext | None = None, *, at_once: bool = False, **fields: Any
) -> AsyncIterator[Mails]:
    """``tls`` by STARTTLS, or ``at_once``."""
    receiver = Mails(**fields)
    loop = asyncio.get_running_loop()

    def protocol() -> SMTP:
        return SMTP(
            receiver,
            hostname="mail.test",
            loop=loop,
            tls_context=None if at_once else tls,
            require_starttls=bool(tls) and not at_once,
            auth_required=False,
            auth_require_tls=False,
            authenticator=receiver.log_in,
        )

    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls if at_once else None)
    receiver.port = server.sockets[0].getsockname()[1]
    async with server:
        yield receiver
        server.close()


@asynccontextmanager
async def raw(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any],
) -> AsyncIterator[int]:
    """A server that says what it wants; its port."""

    async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(closing, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        server.close()


def certificate(folder: Path, name: str = "localhost") -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a server shows, and a context that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begins = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begins)
        .not_valid_after(begins + dt.timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    shows = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shows.load_cert_chain(path)
    return shows, ssl.create_default_context(cafile=path)
