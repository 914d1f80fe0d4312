import threading
from collections.abc import Iterator

import pytest
from joserfc.jwk import ECKey
from tests.runtime.accounts.openid import CLIENT, SECRET, OpenId, openid_provider

from manycast.control.sign_on import Identity, RefusedError, challenge
from manycast.runtime.accounts import provider
from manycast.runtime.accounts.provider import Client, Provider


@pytest.fixture(scope="module")
def running() -> Iterator[OpenId]:
    with openid_provider() as openid:
        yield openid


@pytest.fixture
def openid(running: OpenId) -> OpenId:
    fresh = OpenId(url=running.url, key=running.key)
    running.__dict__.update(fresh.__dict__)
    return running


BACK, VERIFIER = "http://testserver/back", "v" * 43


def who(openid: OpenId, asking: Provider | None = None, secret: str = SECRET) -> Identity:
    """As a browser brings it: through ``authorize`` and back."""
    query = {"nonce": "nonce", "redirect_uri": BACK, "code_challenge": challenge(VERIFIER)}
    openid.codes["code"] = query
    return (asking or Provider()).who(
        Client(openid.url, CLIENT, secret),
        code="code",
        redirect_uri=BACK,
        verifier=VERIFIER,
        nonce="nonce",
    )


def test_a_code_says_who_it_is_for(openid: OpenId) -> None:
    openid.person = {"sub": "42", "email": "Ann@example.org", "email_verified": True}
    assert who(openid) == Identity(openid.url, "42", "ann@example.org", "Ann")


def test_a_provider_may_want_the_secret_in_the_form(openid: OpenId) -> None:
    openid.bend_about = lambda about: (
        about | {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    )
    assert who(openid).subject == "248289761001"


def test_a_wrong_secret_or_verifier_gets_nothing(openid: OpenId) -> None:
    with pytest.raises(RefusedError, match="answered 400"):
        who(openid, secret="another")


def test_an_address_may_be_told_on_the_side_of_the_same_person_only(openid: OpenId) -> None:
    side = {"sub": "248289761001", "email": "ann@example.org", "email_verified": True}
    openid.userinfo = side
    assert who(openid).email == "ann@example.org"
    openid.userinfo = side | {"sub": "another"}
    assert who(openid).email is None


def test_what_it_says_of_itself_is_asked_once_an_hour(openid: OpenId) -> None:
    asking = Provider()
    openid.person["email"] = "ann@example.org"
    for _ in range(3):
        who(openid, asking)
    assert openid.asked.count("/keys") == 1


def test_new_keys_are_fetched_when_they_are_needed(openid: OpenId) -> None:
    asking = Provider()
    who(openid, asking)
    openid.key = ECKey.generate_key("P-256", auto_kid=True)
    assert who(openid, asking).subject == "248289761001"
    stolen = ECKey.generate_key("P-256", auto_kid=True)
    published = openid.key

    def forge(claims: dict[str, object]) -> str:
        openid.key = stolen
        token = openid.sign(claims)
        openid.key = published
        return token

    openid.forge = forge
    with pytest.raises(RefusedError, match="no key of its"):
        who(openid, asking)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"issuer": "https://evil.example"}, "calls itself"),
        ({"token_endpoint": "http://evil.example/token"}, "no token_endpoint with https"),
        ({"jwks_uri": None}, "no jwks_uri with https"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "no authorization_endpoint"),
    ],
)
def test_a_provider_that_is_not_what_it_should_be_is_not_asked(
    openid: OpenId, change: dict[str, str | None], reason: str
) -> None:
    openid.bend_about = lambda about: about | change
    with pytest.raises(RefusedError, match=reason):
        Provider().check(Client(openid.url, CLIENT, SECRET))


@pytest.mark.parametrize(
    ("path", "answer", "reason"),
    [
        ("/token", (302, b""), "answered 302"),
        ("/token", (200, b"[]"), "no JSON object"),
        ("/token", (200, b"{"), "no JSON object"),
        ("/token", (200, b"{}"), "is none|is no good"),
        ("/token", (500, b"{}"), "answered 500"),
        ("/token", (200, b" " * (provider.BYTES_MAX + 1)), "too long"),
        ("/keys", (200, b"{}"), "no keys"),
        ("/keys", (200, b'{"keys": []}'), "no keys"),
        ("/keys", (200, b'{"keys": [{"kty": "RSA"}]}'), "no keys"),
        ("/keys", (200, b'{"keys": 1}'), "no keys"),
    ],
    ids=range(10),
)
def test_a_broken_reply_lets_nobody_in(
    openid: OpenId, path: str, answer: tuple[int, bytes], reason: str
) -> None:
    openid.answers[path] = answer
    with pytest.raises(RefusedError, match=reason):
        who(openid)


def test_a_provider_that_stalls_is_given_up(
    openid: OpenId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider, "WAIT_S", 0.1)
    openid.stall = threading.Event()
    try:
        with pytest.raises(RefusedError, match="does not answer: ReadTimeout"):
            who(openid)
    finally:
        openid.stall.set()


def test_a_provider_that_is_away_lets_nobody_in() -> None:
    with pytest.raises(RefusedError, match="does not answer: ConnectError"):
        Provider().check(Client("http://127.0.0.1:1", CLIENT, SECRET))


def test_nothing_that_opens_accounts_is_asked_in_the_clear() -> None:
    with pytest.raises(RefusedError, match="not https"):
        Provider().check(Client("http://id.example.org", CLIENT, SECRET))
