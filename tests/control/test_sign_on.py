from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from hypothesis import given, strategies as st
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from pydantic import TypeAdapter

from manycast.control.sign_on import (
    ATTEMPT_MS,
    CLOCK_S,
    Attempt,
    RefusedError,
    challenge,
    check_return,
    described,
    identity,
    is_protected,
    local,
    login_name,
    question,
)
from manycast.schema.accounts import UserName


NOW_S = 1_700_000_000
ISSUER, CLIENT = "https://id.example.org", "manycast"
KEY = RSAKey.generate_key(2048, auto_kid=True)
KEYS = KeySet([RSAKey.import_key(KEY.as_dict(private=False))])
ATTEMPT = Attempt(state="state", nonce="nonce", verifier="verifier", next="/", at_ms=1_000)
GOOD = {
    "iss": ISSUER,
    "aud": CLIENT,
    "sub": "42",
    "iat": NOW_S,
    "exp": NOW_S + 300,
    "nonce": "nonce",
}


def judged(token: str) -> str:
    found, _ = identity(token, KEYS, issuer=ISSUER, client_id=CLIENT, nonce="nonce", now_s=NOW_S)
    return found.subject


def signed(**claims: Any) -> str:
    wanted = {name: value for name, value in {**GOOD, **claims}.items() if value is not None}
    return jwt.encode({"alg": "RS256", "kid": str(KEY.kid)}, wanted, KEY)


def test_the_challenge_is_that_of_the_specification() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.mark.parametrize("endpoint", ["https://id.example.org/a", "https://id.example.org/a?b=c"])
def test_a_question_carries_all_that_the_answer_is_checked_by(endpoint: str) -> None:
    asked = parse_qs(urlsplit(question(endpoint, CLIENT, "https://tv/back", ATTEMPT)).query)
    assert asked["state"] == ["state"]
    assert asked["nonce"] == ["nonce"]
    assert asked["code_challenge"] == [challenge("verifier")]
    assert "verifier" not in str(asked)


@pytest.mark.parametrize(
    ("state", "issuer", "now_ms", "name"),
    [
        ("another", None, 2_000, "sign-on-expired"),
        ("", None, 2_000, "sign-on-expired"),
        ("state", None, 1_001 + ATTEMPT_MS, "sign-on-expired"),
        ("state", None, 999, "sign-on-expired"),
        ("state", "https://evil.example", 2_000, "sign-on-failed"),
    ],
)
def test_an_answer_to_another_question_is_refused(
    state: str, issuer: str | None, now_ms: int, name: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        check_return(ATTEMPT, state, issuer, ISSUER, now_ms)
    assert refused.value.name == name


def test_the_answer_to_our_question_is_taken() -> None:
    check_return(ATTEMPT, "state", None, ISSUER, 1_000)
    check_return(ATTEMPT, "state", ISSUER, ISSUER, 1_000 + ATTEMPT_MS)


def test_a_good_token_says_who_it_is() -> None:
    assert judged(signed()) == "42"
    assert judged(signed(aud=[CLIENT])) == "42"
    assert judged(signed(aud=[CLIENT, "other"], azp=CLIENT)) == "42"
    assert judged(signed(exp=NOW_S - CLOCK_S + 1, iat=NOW_S + CLOCK_S)) == "42"


@pytest.mark.parametrize(
    ("claims", "named"),
    [
        ({"iss": "https://evil.example"}, "iss"),
        ({"iss": None}, "iss"),
        ({"aud": "another"}, "aud"),
        ({"aud": None}, "aud"),
        ({"aud": ["another"]}, "aud"),
        ({"aud": [CLIENT, "another"]}, "azp"),
        ({"azp": "another"}, "azp"),
        ({"sub": None}, "sub"),
        ({"sub": ""}, "sub"),
        ({"sub": 42}, "sub"),
        ({"sub": "x" * 256}, "sub"),
        ({"exp": NOW_S - CLOCK_S}, "exp"),
        ({"exp": None}, "exp"),
        ({"exp": "soon"}, "exp"),
        ({"iat": NOW_S + CLOCK_S + 1}, "iat"),
        ({"iat": None}, "iat"),
        ({"nbf": NOW_S + CLOCK_S + 1}, "nbf"),
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
    ],
)
def test_a_token_that_is_not_for_us_or_not_now_is_refused(
    claims: dict[str, Any], named: str
) -> None:
    with pytest.raises(RefusedError, match=f": {named}$"):
        judged(signed(**claims))


def forged(how: str) -> str:
    kid = {"kid": str(KEY.kid)}
    head, body, signature = signed().split(".")
    match how:
        case "another key":
            return jwt.encode({"alg": "RS256", **kid}, GOOD, RSAKey.generate_key(2048))
        case "our public key as a secret":
            secret = OctKey.import_key("public" * 10)
            return jwt.encode({"alg": "HS256", **kid}, GOOD, secret)
        case "none":
            return f"eyJhbGciOiJub25lIn0.{body}."
        case "no signature":
            return f"{head}.{body}."
        case "another body":
            return f"{head}.{body[:-4]}AAAA.{signature}"
        case _:
            return how


@pytest.mark.parametrize(
    "how",
    [
        "another key",
        "our public key as a secret",
        "none",
        "no signature",
        "another body",
        "None",
        "a.b.c",
        "",
    ],
)
def test_a_token_that_the_provider_did_not_sign_is_refused(how: str) -> None:
    with pytest.raises(RefusedError):
        judged(forged(how))


def test_a_key_that_we_do_not_know_may_be_newer_than_our_copy() -> None:
    newer = ECKey.generate_key("P-256", auto_kid=True)
    with pytest.raises(InvalidKeyIdError):
        judged(jwt.encode({"alg": "ES256", "kid": str(newer.kid)}, GOOD, newer))


@pytest.mark.parametrize(
    ("claims", "email"),
    [
        ({"email": "Ann@Example.org", "email_verified": True}, "ann@example.org"),
        ({"email": "ann@example.org", "email_verified": "true"}, "ann@example.org"),
        ({"email": "ann@example.org", "email_verified": False}, None),
        ({"email": "ann@example.org", "email_verified": 1.5}, None),
        ({"email": "ann@example.org"}, None),
        ({"email": ["ann@example.org"], "email_verified": True}, None),
        ({}, None),
    ],
)
def test_only_a_verified_address_counts(claims: dict[str, Any], email: str | None) -> None:
    assert described({"sub": "42", **claims}, ISSUER).email == email


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("ann", "ann"),
        ("ann@example.org", "ann"),
        ("Ann Smith", "Ann.Smith"),
        ("静かな", "somebody"),
        ("", "somebody"),
        ("__root", "root"),
        ("x" * 100, "x" * 40),
    ],
)
def test_a_login_name_is_made_of_what_there_is(wanted: str, name: str) -> None:
    assert login_name(wanted) == name


@given(st.text())
def test_any_wish_becomes_a_name_that_may_log_in(wanted: str) -> None:
    assert TypeAdapter(UserName).validate_python(login_name(wanted))


@given(st.text() | st.sampled_from(["//evil.example", "/\\evil.example", "https://evil.example"]))
def test_nobody_is_sent_on_to_another_site(path: str) -> None:
    answer = urlsplit(urljoin("https://tv.example.org/login", local(path)))
    assert (answer.scheme, answer.netloc) == ("https", "tv.example.org")


def test_a_page_of_ours_is_kept() -> None:
    assert local("/streams/live?tab=health#now") == "/streams/live?tab=health#now"


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("https://id.example.org", True),
        ("http://id.example.org", False),
        ("http://localhost:8000/a", True),
        ("http://127.0.0.1:1", True),
        ("http://[::1]:1", True),
        ("http://127.0.0.1.evil.example", False),
        ("https://", False),
        ("file:///etc/passwd", False),
        ("None", False),
    ],
)
def test_what_opens_accounts_goes_by_tls(url: str, fine: bool) -> None:
    assert is_protected(url) is fine
