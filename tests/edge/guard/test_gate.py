from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from manycast.edge.commands import Ask
from manycast.edge.guard.gate import Gate, Pass, Refusal
from manycast.edge.guard.tokens import Permission, sign
from manycast.settings.guard import GuardSettings
from manycast.std.http1 import field


KEY = b"k" * 32
WALL_S = 1_700_000_000.0
NONE = GuardSettings()
SIGNED = replace(NONE, signed=("/vip/",), key_file="keys")
TOKEN = sign(Permission("/vip/", int(WALL_S) + 60), KEY)


def ask(target: str, *headers: tuple[bytes, bytes], method: str = "GET") -> Ask:
    path, _, query = target.partition("?")
    return Ask(method, target.encode(), path, query, headers)


def judged(
    settings: GuardSettings, request: Ask, peer: str = "1.2.3.4", now: float = 0.0
) -> Pass | Refusal:
    return Gate(settings, [KEY]).judge(request, peer, now, WALL_S)


def test_without_rules_it_is_off_and_changes_nothing() -> None:
    gate = Gate(NONE, [])
    request = ask("/vip/../x?token=1", (b"cookie", b"token=1"))
    assert gate.off
    assert gate.judge(request, "?", 0, 0) == Pass(request, ())


@pytest.mark.parametrize(
    "request_",
    [
        ask(f"/vip/a?x=1&token={TOKEN}&y"),
        ask("/vip/a?x=1&y", (b"cookie", b"a=b; token=%s; c=d" % TOKEN.encode())),
        ask("/vip/a?x=1&y", (b"authorization", b"Bearer " + TOKEN.encode())),
    ],
)
def test_a_token_opens_from_three_places_and_goes_no_further(request_: Ask) -> None:
    passed = judged(SIGNED, request_)
    assert isinstance(passed, Pass)
    assert (passed.ask.target, passed.ask.query) == (b"/vip/a?x=1&y", "x=1&y")
    assert field(passed.ask.headers, b"authorization") is None
    assert b"token" not in (field(passed.ask.headers, b"cookie") or b"")


def test_other_cookies_travel_on() -> None:
    passed = judged(SIGNED, ask("/vip/a", (b"cookie", b"a=b; token=%s; c=d" % TOKEN.encode())))
    assert isinstance(passed, Pass)
    assert field(passed.ask.headers, b"cookie") == b"a=b; c=d"


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/vip/a", 401), ("/vip/a?token=", 403), ("/vip/a?token=x", 403), ("/v%69p/a", 401),
        ("/pub/../vip/a", 403), ("//vip/a", 403), ("/pub/..;/vip/a", 403), ("/%2fvip/a", 403),
        ("/pub/%2e%2e/vip/a", 403), ("/pub\\vip", 403), (f"/vip/../x?token={TOKEN}", 403),
        (f"/vip/a?token=x&token={TOKEN}", 403), ("/VIP/a", 403), ("/vip;x/a", 403), ("/;/vip/a", 403),
        ("/%56ip%3Bx/a", 403),
    ],
)  # fmt: skip
def test_no_path_goes_round_the_rule(target: str, status: int) -> None:
    refused = judged(SIGNED, ask(target))
    assert isinstance(refused, Refusal)
    assert refused.status == status
    assert field(refused.fields, b"cache-control") == b"no-store"


def test_other_paths_are_open_and_keep_their_parameters() -> None:
    request = ask("/pub/a?token=1")
    assert judged(SIGNED, request) == Pass(request, ())


@given(st.text(max_size=30))
def test_a_refusal_never_repeats_what_was_sent(text: str) -> None:
    refused = judged(SIGNED, ask(f"/vip/a?token={text}"))
    assert isinstance(refused, Refusal)
    assert "\r" not in refused.text
    assert all(b"\r" not in value and b"\n" not in value for _, value in refused.fields)


def test_a_rate_holds_for_an_address_and_tells_when_to_come_back() -> None:
    gate = Gate(replace(NONE, requests_per_s=0.5, requests_burst=3), [])
    told = [gate.judge(ask("/a"), f"2001:db8::{n}", 0, WALL_S) for n in range(4)]
    assert [isinstance(one, Pass) for one in told] == [True, True, True, False]
    assert isinstance(told[3], Refusal)
    assert (told[3].status, field(told[3].fields, b"retry-after")) == (429, b"2")
    assert isinstance(gate.judge(ask("/a"), "2001:db8:1::1", 0, WALL_S), Pass)
    assert not gate.take("2001:db8::9", 1.9)
    assert gate.take("2001:db8::9", 2.1)
    assert (gate.refused, gate.limited, gate.off, gate.reads_requests) == (1, 1, False, False)


def test_a_rate_holds_for_a_token_wherever_it_is_used() -> None:
    gate = Gate(replace(SIGNED, token_requests_per_s=1.0, token_requests_burst=1), [KEY])
    request = ask(f"/vip/a?token={TOKEN}")
    assert isinstance(gate.judge(request, "1.1.1.1", 0, WALL_S), Pass)
    refused = gate.judge(request, "2.2.2.2", 0, WALL_S)
    assert isinstance(refused, Refusal)
    assert refused.status == 429


def test_strangers_cannot_speak_for_other_addresses() -> None:
    gate = Gate(replace(NONE, requests_per_s=1.0, requests_burst=1, proxies=("10.0.0.1",)), [])
    for number, wanted in ((1, Pass), (2, Refusal)):
        forged = ask("/a", (b"x-forwarded-for", b"9.9.9.%d" % number))
        assert isinstance(gate.judge(forged, "6.6.6.6", 0, WALL_S), wanted)
    for number in (1, 2):
        told = ask("/a", (b"x-forwarded-for", b"9.9.9.%d" % number))
        assert isinstance(gate.judge(told, "10.0.0.1", 0, WALL_S), Pass)


def test_methods_and_embedding_pages_are_refused_with_a_reason() -> None:
    settings = replace(NONE, methods=("GET", "HEAD"), referers=("a.example",))
    assert isinstance(judged(settings, ask("/a")), Pass)
    refused = judged(settings, ask("/a", method="POST"))
    assert isinstance(refused, Refusal)
    assert (refused.status, field(refused.fields, b"allow")) == (405, b"GET, HEAD")
    refused = judged(settings, ask("/a", (b"referer", b"https://b.example/")))
    assert isinstance(refused, Refusal)
    assert refused.status == 403


def test_pages_that_may_read_are_told_also_when_they_are_refused() -> None:
    site = (b"origin", b"https://a.example")
    settings = replace(SIGNED, cors_origins=("https://a.example",))
    first = ask("/vip/a", site, (b"access-control-request-method", b"GET"), method="OPTIONS")
    for request, status in ((first, 204), (ask("/vip/a", site), 401)):
        refused = judged(settings, request)
        assert isinstance(refused, Refusal)
        assert refused.status == status
        assert field(refused.fields, b"access-control-allow-origin") == b"https://a.example"
    passed = judged(settings, ask("/pub", site))
    assert isinstance(passed, Pass)
    assert field(passed.told, b"access-control-allow-origin") == b"https://a.example"


def test_an_address_has_so_many_connections_and_no_more_books_than_those() -> None:
    gate = Gate(replace(NONE, connections_per_address=2, proxies=("10.0.0.1",)), [])
    assert not gate.off
    assert [gate.connected("1.1.1.1") for _ in range(3)] == [True, True, False]
    assert gate.connected("2.2.2.2")
    gate.left("1.1.1.1")
    gate.left("1.1.1.1")
    assert gate.connected("1.1.1.1")
    for _ in range(9):
        assert gate.connected("10.0.0.1")
        gate.left("10.0.0.1")
    gate.left("1.1.1.1")
    gate.left("1.1.1.1")
    gate.left("2.2.2.2")
    assert not gate._connections


@pytest.mark.parametrize("path", ["/vip/a?token=" + TOKEN, "/pub/a"])
def test_the_token_of_the_page_before_goes_no_further_either(path: str) -> None:
    page = b"https://h/vip/p?a=b&token=%s&c=d#e" % TOKEN.encode()
    passed = judged(SIGNED, ask(path, (b"referer", page)))
    assert isinstance(passed, Pass)
    assert field(passed.ask.headers, b"referer") == b"https://h/vip/p?a=b&c=d#e"


@pytest.mark.parametrize("target", ["/pub;x/a", "/PUB/a", "/vip", "/VIPS/a;b"])
def test_odd_paths_elsewhere_stay_open(target: str) -> None:
    assert isinstance(judged(SIGNED, ask(target)), Pass)
