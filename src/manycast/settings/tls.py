"""TLS of an edge's own port. HTTP/2 and HTTP/3 are left to a proxy in front."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TlsSettings:
    certificate: str = ""
    """PEM file of the certificate chain; empty: no TLS. `--tls-cert` overrides it."""
    key: str = ""
    """PEM file of the private key, without a passphrase; `--tls-key` overrides it."""
    handshake_s: float = 10.0
    """Seconds from the connection to the end of the handshake: slow phones take 2."""
    shutdown_s: float = 5.0
    """Seconds a client may take to confirm the end of a connection."""
    look_s: float = 5.0
    """Seconds between looks at the files: a renewed certificate is taken up without a restart."""


def check(settings: TlsSettings) -> None:
    """Raise ValueError when one of the two files is missing."""
    if bool(settings.certificate) != bool(settings.key):
        raise ValueError("TLS needs both a certificate (--tls-cert) and its key (--tls-key)")
