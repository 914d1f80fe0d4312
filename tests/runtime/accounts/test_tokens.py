import re

from manycast.runtime.accounts.tokens import (
    RECOVERY_CODES,
    digest,
    new_recovery_codes,
    new_token,
    new_totp_secret,
    recovery_digest,
)


def test_a_token_says_what_it_is_and_is_never_made_twice() -> None:
    tokens = {new_token("mck") for _ in range(1000)}
    assert len(tokens) == 1000
    assert all(re.fullmatch(r"mck_[A-Za-z0-9_-]{43}", token) for token in tokens)
    assert len({digest(token) for token in tokens}) == 1000


def test_recovery_codes_are_known_however_they_are_written() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == RECOVERY_CODES
    for code in codes:
        assert re.fullmatch(r"([a-z2-7]{4}-){5}[a-z2-7]{4}", code)
        assert recovery_digest(f" {code.upper().replace('-', ' ')}\n") == recovery_digest(code)
    assert len({recovery_digest(code) for code in codes}) == RECOVERY_CODES


def test_a_secret_for_phones_is_base32_without_padding() -> None:
    assert re.fullmatch(r"[A-Z2-7]{32}", new_totp_secret())
