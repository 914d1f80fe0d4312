"""A server's certificate, taken up anew when its files change."""

import asyncio
import logging
import ssl
from pathlib import Path

from manycast.settings.tls import TlsSettings


_LOG = logging.getLogger(__name__)
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2: forward secret and authenticated, as Mozilla's intermediate configuration has them."""


class Certificate:
    def __init__(self, settings: TlsSettings) -> None:
        """Raises OSError saying which file is at fault."""
        self.settings = settings
        self._chain, self._key = Path(settings.certificate), Path(settings.key)
        self._seen: tuple[tuple[int, int, int], ...] = ()
        self._timer: asyncio.TimerHandle | None = None
        self.context = _context()
        try:
            self._seen = self._state()
            self._load(self.context)
        except (OSError, ValueError) as error:
            raise OSError(f"TLS certificate {self._chain}, key {self._key}: {error}") from error

    def watch(self) -> None:
        """Look at the files from now on, until ``close``."""
        self.close()
        self._timer = asyncio.get_running_loop().call_later(self.settings.look_s, self._turn)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def look(self) -> bool:
        """Whether a new certificate was taken up; one that does not work leaves the old one in place."""
        state = self._state_or_none()
        if state == self._seen:
            return False
        self._seen = state
        try:
            self._load(_context())  # a failure halfway must not touch the one in use
            self._load(self.context)
        except (OSError, ValueError) as error:
            _LOG.warning("the old certificate stays: %s, %s: %s", self._chain, self._key, error)
            return False
        _LOG.info("a new certificate is in use: %s", self._chain)
        return True

    def _turn(self) -> None:
        self.look()
        self.watch()

    def _load(self, context: ssl.SSLContext) -> None:
        context.load_cert_chain(self._chain, self._key, password=_no_passphrase)

    def _state_or_none(self) -> tuple[tuple[int, int, int], ...]:
        try:
            return self._state()
        except OSError:
            return ()  # loading will say what is wrong

    def _state(self) -> tuple[tuple[int, int, int], ...]:
        stats = [path.stat() for path in (self._chain, self._key)]
        return tuple((stat.st_mtime_ns, stat.st_size, stat.st_ino) for stat in stats)


def _no_passphrase() -> str:
    raise ValueError("the key has a passphrase, and nobody is there to type it")


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.set_alpn_protocols(["http/1.1"])
    return context
