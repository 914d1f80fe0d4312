import pytest

from manycast.settings.tls import TlsSettings, check


def test_both_files_or_none() -> None:
    check(TlsSettings())
    check(TlsSettings(certificate="a", key="b"))
    for half in (TlsSettings(certificate="a"), TlsSettings(key="b")):
        with pytest.raises(ValueError, match="--tls-cert"):
            check(half)
