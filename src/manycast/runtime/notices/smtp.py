"""The sending half of SMTP (RFC 5321) with STARTTLS and AUTH PLAIN: as much as one message needs, bounded in everything."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from manycast.runtime.notices.doors import resolve
from manycast.runtime.notices.failure import DeliveryError


LINE_BYTES_MAX = 2048
"""RFC 5321 allows 512 for a line of a reply; some servers like to talk."""
LINES_MAX = 100
"""Of one reply."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    host: str
    port: int
    security: str
    """``tls``, ``starttls`` or ``none``."""
    username: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class _Reply:
    code: int
    lines: tuple[str, ...]

    def __str__(self) -> str:
        said = " ".join(" ".join(self.lines).split())
        return f"{self.code} {said}"[:300]


async def send(
    server: Server,
    sender: str,
    recipients: Sequence[str],
    message: bytes,
    *,
    trust: ssl.SSLContext,
    timeout_s: float,
) -> dict[str, str]:
    """Raises DeliveryError when nobody got it; else who was refused, and why.

    A connection that is lost after the message's end leaves open whether it was taken: that counts as not.
    """
    try:
        async with asyncio.timeout(timeout_s), _connected(server, trust) as dialogue:
            await dialogue.log_in(server)
            return await dialogue.hand_over(sender, recipients, message)
    except TimeoutError:
        raise DeliveryError(f"{server.host} did not answer within {timeout_s:g} s.") from None
    except ssl.SSLCertVerificationError as error:
        raise DeliveryError(
            f"The certificate of {server.host} is not trusted: {error.verify_message}."
        ) from None
    except (OSError, EOFError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else None
        lost = why or "the connection was lost"
        raise DeliveryError(f"{server.host}:{server.port}: {lost}.") from None


@asynccontextmanager
async def _connected(server: Server, trust: ssl.SSLContext) -> AsyncIterator["_Dialogue"]:
    """Greeted, and encrypted as wanted."""
    address = await resolve(server.host, server.port, private=True)  # an administrator chose it
    way: dict[str, Any] = {}
    if server.security == "tls":
        way = {"ssl": trust, "server_hostname": server.host}
    reader, writer = await asyncio.open_connection(
        address, server.port, limit=LINE_BYTES_MAX, **way
    )
    dialogue = _Dialogue(reader, writer)
    try:
        await dialogue.expect(2, "")
        await dialogue.greet()
        if server.security == "starttls":
            await dialogue.encrypt(server.host, trust)
        yield dialogue
    finally:
        writer.transport.abort()  # whatever mattered has been answered


class _Dialogue:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._offers: set[str] = set()
        self._encrypted = writer.get_extra_info("sslcontext") is not None

    async def greet(self) -> None:
        address = self._writer.get_extra_info("sockname")[0]
        literal = f"[IPv6:{address}]" if ":" in address else f"[{address}]"
        reply = await self.expect(2, f"EHLO {literal}")
        self._offers = {line.upper().split(" ")[0] for line in reply.lines[1:]}

    async def encrypt(self, host: str, trust: ssl.SSLContext) -> None:
        if "STARTTLS" not in self._offers:
            raise DeliveryError(f"{host} offers no STARTTLS; choose another security or port.")
        await self.expect(2, "STARTTLS")
        if await self._said_more():
            raise DeliveryError(f"Somebody between here and {host} meddles with STARTTLS.")
        await self._writer.start_tls(trust, server_hostname=host)
        self._encrypted = True
        await self.greet()

    async def log_in(self, server: Server) -> None:
        if not server.username:
            return
        if not self._encrypted and server.host not in LOOPBACK:
            raise DeliveryError("A password is never sent without TLS; choose tls or starttls.")
        token = base64.b64encode(f"\0{server.username}\0{server.password}".encode()).decode()
        reply = await self.ask(f"AUTH PLAIN {token}")
        if reply.code != 235:
            raise DeliveryError(f"{server.host} refused user name and password ({reply.code}).")

    async def hand_over(
        self, sender: str, recipients: Sequence[str], message: bytes
    ) -> dict[str, str]:
        await self.expect(2, f"MAIL FROM:<{sender}>")
        replies = {to: await self.ask(f"RCPT TO:<{to}>") for to in recipients}
        refused = {to: str(reply) for to, reply in replies.items() if reply.code // 100 != 2}
        if len(refused) == len(recipients):
            final = all(reply.code // 100 == 5 for reply in replies.values())
            raise DeliveryError(f"Every recipient was refused: {_told(refused)}.", final=final)
        await self.expect(3, "DATA")
        self._writer.write(_stuffed(message))
        await self._writer.drain()
        await self.expect(2, None)
        self._writer.write(b"QUIT\r\n")
        return refused

    async def ask(self, command: str) -> _Reply:
        if not command.isascii() or not command.isprintable():
            raise DeliveryError("An address holds what SMTP cannot carry.", final=True)
        self._writer.write(command.encode() + b"\r\n")
        await self._writer.drain()
        return await self._reply()

    async def expect(self, kind: int, command: str | None) -> _Reply:
        """A reply of this first digit; an empty command or none only listens. Raises DeliveryError."""
        reply = await (self.ask(command) if command else self._reply())
        if reply.code // 100 != kind:
            raise DeliveryError(f"The mail server refused: {reply}.", final=reply.code // 100 == 5)
        return reply

    async def _reply(self) -> _Reply:
        lines: list[str] = []
        for _ in range(LINES_MAX):
            try:
                line = await self._reader.readuntil(b"\n")
            except asyncio.LimitOverrunError:
                break
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            if not (text[:3].isascii() and text[:3].isdigit() and text[3:4] in {"", " ", "-"}):
                break
            lines.append(text[4:])
            if text[3:4] != "-":
                return _Reply(int(text[:3]), tuple(lines))
        raise DeliveryError("What answers there is no mail server.")

    async def _said_more(self) -> bool:
        """Whether bytes came that were not asked for: after STARTTLS they would pass for encrypted ones."""
        try:
            async with asyncio.timeout(0):
                return bool(await self._reader.read(1))
        except TimeoutError:
            return False


def _stuffed(message: bytes) -> bytes:
    """CRLF at each line's end, a dot before each that begins with one, and the lone dot that ends it all."""
    lines = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n").split(b"\n")
    doubled = [b"." + line if line.startswith(b".") else line for line in lines]
    return b"\r\n".join([*doubled, b".", b""])


def _told(refused: dict[str, str]) -> str:
    return "; ".join(f"{to}: {why}" for to, why in refused.items())
