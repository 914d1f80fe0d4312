"""What the control role asks of origins: the recordings on their disks, and to take publishers over WebRTC."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import httpx2


CONNECTIONS_MAX = 64
"""To origins, at once: each is somebody who watches or downloads a recording."""
STRANGERS_MAX = 16
"""Of those connections, for who has proved nothing yet: they must not keep others from their recordings."""
WAIT_S = 5.0
"""For a connection, and between two pieces of a reply: origins are near."""
POST_S = 20.0
"""A publisher's process takes seconds to start on a loaded machine."""
DELETE_S = 20.0
"""A large folder on a slow disk."""
ASKED = ("range", "if-range", "if-none-match", "if-modified-since")
"""Header fields of a request that an origin must see."""


class OriginAwayError(Exception):
    """The origin is not known just now, or does not answer."""


def _unknown(_: str) -> str | None:
    return None


class Origins:
    """``url_of`` says where a node's HTTP is, None for one that is silent. Close it in the loop that used it."""

    def __init__(self, token: str = "", url_of: Callable[[str], str | None] = _unknown) -> None:
        self._token = token
        self._url_of = url_of
        self._client: httpx2.AsyncClient | None = None
        self._strangers = 0

    def reachable(self, node: str) -> bool:
        return self._url_of(node) is not None

    async def read(self, node: str, path: str, asked: Mapping[str, str]) -> httpx2.Response:
        """The reply, its body still to come: the caller closes it. Raises OriginAwayError."""
        headers = {name: asked[name] for name in ASKED if name in asked}
        request = self._open().build_request("GET", self._url(node, path), headers=headers)
        try:
            return await self._open().send(request, stream=True)
        except httpx2.HTTPError as error:
            raise _away(node, error) from error

    @contextmanager
    def for_stranger(self) -> Iterator[None]:
        """While something is asked for somebody who has proved nothing yet. Raises OriginAwayError."""
        if self._strangers >= STRANGERS_MAX:
            raise OriginAwayError("Too many ask to publish just now; try again in a moment")
        self._strangers += 1
        try:
            yield
        finally:
            self._strangers -= 1

    async def post(
        self, node: str, path: str, fields: Mapping[str, str], body: bytes
    ) -> httpx2.Response:
        """With ``fields`` in place of our own credentials. Raises OriginAwayError."""
        headers = {"authorization": ""} | dict(fields)
        url = self._url(node, path)
        try:
            return await self._open().post(url, content=body, headers=headers, timeout=POST_S)
        except httpx2.HTTPError as error:
            raise _away(node, error) from error

    async def delete(self, node: str, path: str) -> None:
        """Done too when there is nothing to delete. Raises OriginAwayError."""
        try:
            reply = await self._open().delete(self._url(node, path), timeout=DELETE_S)
        except httpx2.HTTPError as error:
            raise _away(node, error) from error
        if reply.status_code != 404 and not reply.is_success:
            raise OriginAwayError(f"{node} answered {reply.status_code}")

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _url(self, node: str, path: str) -> str:
        url = self._url_of(node)
        if url is None:
            raise OriginAwayError(f"{node} is silent")
        return f"{url.rstrip('/')}{path}"

    def _open(self) -> httpx2.AsyncClient:
        if self._client is None:
            self._client = httpx2.AsyncClient(
                headers={"Authorization": f"Bearer {self._token}", "Accept-Encoding": "identity"},
                timeout=WAIT_S,
                limits=httpx2.Limits(max_connections=CONNECTIONS_MAX),
                trust_env=False,
            )
        return self._client


def _away(node: str, error: httpx2.HTTPError) -> OriginAwayError:
    return OriginAwayError(f"{node} does not answer: {type(error).__name__}")
