"""One POST to a place that somebody else chose: bounded in time and size, to a checked address, never redirected."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from importlib.metadata import version

import httpx2

from manycast.runtime.clock import wall_ms
from manycast.runtime.notices.doors import resolve
from manycast.runtime.notices.failure import DeliveryError


ANSWER_BYTES_MAX = 500
"""Enough of an answer to know what is wrong; the rest is not read."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    asked_s: float
    """Retry-After; 0 without."""
    text: str

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300

    def reason(self) -> str:
        """What went wrong, for people."""
        if 300 <= self.status < 400:
            return f"It answered {self.status}, a redirect; give the address that it leads to."
        said = " ".join("".join(c if c.isprintable() else " " for c in self.text).split())
        return f"It answered {self.status}{': ' if said else '.'}{said}"


@dataclass(frozen=True, slots=True)
class Poster:
    timeout_s: float
    """For everything: the address, the connection, the answer."""
    private: bool
    """Whether private addresses are allowed."""
    trust: ssl.SSLContext

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Raises DeliveryError when no answer came."""
        try:
            async with asyncio.timeout(self.timeout_s):
                return await self._post(httpx2.URL(url), headers, body)
        except TimeoutError:
            raise DeliveryError(f"No answer came within {self.timeout_s:g} s.") from None
        except httpx2.ConnectError as error:
            raise DeliveryError(_why(error)) from None
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            raise DeliveryError(f"No answer came: {type(error).__name__}.") from None

    async def _post(self, url: httpx2.URL, headers: Mapping[str, str], body: bytes) -> Answer:
        port = url.port or (443 if url.scheme == "https" else 80)
        address = await resolve(url.host, port, private=self.private)
        request = httpx2.Request(
            "POST",
            url.copy_with(host=address),
            headers={
                "Content-Type": "application/json",
                "User-Agent": f"manycast/{version('manycast')}",
                **headers,
                "Host": url.netloc.decode("ascii"),
            },
            content=body,
            extensions={"sni_hostname": url.host},
        )
        async with (
            # trust_env: a proxy that the environment names would resolve the host anew.
            httpx2.AsyncClient(verify=self.trust, trust_env=False, timeout=None) as client,
        ):
            response = await client.send(request, stream=True)
            try:
                return Answer(response.status_code, _asked_s(response), await _beginning(response))
            finally:
                await response.aclose()


async def _beginning(response: httpx2.Response) -> str:
    said = b""
    async for piece in response.aiter_raw():
        said += piece
        if len(said) >= ANSWER_BYTES_MAX:
            break
    return said[:ANSWER_BYTES_MAX].decode("utf-8", "replace")


def _asked_s(response: httpx2.Response) -> float:
    """Retry-After as seconds or as a date; anything else is none."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - wall_ms() / 1000)
    except (ValueError, OverflowError):
        return 0.0


def _why(error: Exception) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"Its certificate is not trusted: {cause.verify_message}."
        if isinstance(cause, ssl.SSLError):
            return f"TLS failed: {cause.reason}."
        cause = cause.__cause__ or cause.__context__
    return "It cannot be reached: the connection was refused or lost."
