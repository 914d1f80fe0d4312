"""Rules on what may be kept, what of it may be given to whom, and what stands in for an error."""

from bench.edge.rules_lifetimes import FUTURE, HOUR, SECOND, control
from bench.edge.rules_model import LAPSE_S, Answer, Expect, Group, Level, Rule, Step


TAG = ("etag", '"one"')
AGO = ("last-modified", -86_400)
DATED = ("last-modified", "Wed, 01 Jan 2020 00:00:00 GMT")
"""The same however late it is told again."""
CUT = Answer(cut=True)


def _cc_response() -> list[Rule]:
    of = Group("cc-response", "9111 5.2.2")
    of.refused("private", "A shared cache keeps nothing private.", control("private, max-age=3600"))
    of.refused("no-store", "no-store is not kept.", control("no-store"))
    of.refused("no-store-case", "No-Store in any case.", control("No-StOrE, max-age=3600"))
    of.refused(
        "no-store-fresh",
        "no-store with a lifetime is not kept.",
        control("max-age=3600, no-store"),
        FUTURE,
    )
    of.refused(
        "no-cache", "no-cache is not reused unasked.", control("max-age=3600, no-cache"), FUTURE
    )
    of.refused("no-cache-case", "No-Cache in any case.", control("max-age=3600, nO-CaChE"))
    of.refused("no-store-tagged", "no-store is not kept to be renewed.", control("no-store"), TAG)
    for name, fields in {
        "no-cache-renewed": (control("no-cache"), TAG),
        "no-cache-renewed-fresh": (control("max-age=3600, no-cache"), TAG, FUTURE),
        "no-cache-renewed-dated": (control("no-cache"), DATED),
        "max-age-0-renewed": (control("max-age=0"), TAG),
    }.items():
        answer = Answer(fields)
        of.add(name, "It is kept, and renewed for each use.", Step(answer=answer),
               Step(Expect.RENEWED, answer, status=200), level=Level.OPTIMAL, needs="")  # fmt: skip
    of.reused(
        "must-revalidate",
        "must-revalidate is reused while fresh.",
        control("max-age=3600, must-revalidate"),
        TAG,
    )
    of.reused(
        "proxy-revalidate",
        "So is proxy-revalidate.",
        control("max-age=3600, proxy-revalidate"),
        TAG,
    )
    firm = Answer((control("max-age=1, must-revalidate"), TAG))
    of.add("must-revalidate-stale", "And is renewed when stale.", Step(answer=firm, pause_s=LAPSE_S),
           Step(Expect.RENEWED, firm, status=200))  # fmt: skip
    for word in ("no-cache", "private"):
        fields = (control(f'{word}="x-mine", max-age=3600'), ("x-mine", "1"), ("x-all", "2"))
        of.add(f"{word}-field", f"A field that a qualified {word} names is not given unasked.",
               Step(answer=Answer(fields)), Step(Expect.ANY, Answer(fields[:1]), lacks=("x-mine",)))  # fmt: skip
        of.add(f"{word}-field-rest", "The rest of the reply is reused.", Step(answer=Answer(fields)),
               Step(Expect.CACHED, has=(("x-all", "2"),), lacks=("x-mine",)), level=Level.OPTIONAL, needs="")  # fmt: skip
        both = (control(f'{word}="x-mine, x-all", max-age=3600'), ("x-mine", "1"), ("x-all", "2"))
        of.add(f"{word}-fields", "So with two names.", Step(answer=Answer(both)),
               Step(Expect.ANY, Answer(both[:1]), lacks=("x-mine", "x-all")))  # fmt: skip
    of.refused("must-understand", "must-understand keeps no unknown status.",
               control("max-age=3600, no-store, must-understand"), status=599)  # fmt: skip
    of.reused("must-understand-known", "For a known status it overrides no-store.",
              control("max-age=3600, no-store, must-understand"))  # fmt: skip
    return of.rules


def _stale() -> list[Rule]:
    of = Group("stale", "9111 4.2.4")
    second = Answer((SECOND,))
    of.add("away", "While the origin is away, a stale reply is served.", Step(answer=second, pause_s=LAPSE_S),
           Step(Expect.STALE, CUT, status=200), level=Level.OPTIMAL, needs="")  # fmt: skip
    away = "stale/away"
    for word in ("must-revalidate", "proxy-revalidate", "s-maxage=1", "no-cache"):
        fields = (control(f"max-age=1, {word}"),)
        of.add(f"away-{word}", f"Not with {word}.", Step(answer=Answer(fields), pause_s=LAPSE_S),
               Step(Expect.REFUSED, CUT), needs=away)  # fmt: skip
    of.add("error-passed", "An error that the origin sends is passed on.", Step(answer=second, pause_s=LAPSE_S),
           Step(Expect.FETCHED, Answer(status=503), status=503))  # fmt: skip
    of.add("none-stored", "Without a stored reply an origin that is away is an error.", Step(Expect.REFUSED, CUT), needs="")  # fmt: skip
    grace = Answer((control("max-age=1, stale-while-revalidate=60"), TAG))
    of.add("while-revalidate", "stale-while-revalidate serves the stale reply.", Step(answer=grace, pause_s=LAPSE_S),
           Step(Expect.STALE, grace, status=200), level=Level.OPTIMAL, needs="", rfc="5861 3")  # fmt: skip
    window = "stale/while-revalidate"
    new = Answer((HOUR, ("etag", '"two"')))
    of.add("while-revalidate-renews", "And renews it behind.", Step(answer=grace, pause_s=LAPSE_S),
           Step(Expect.STALE, new, status=200, pause_s=0.5),
           Step(Expect.CACHED, new, has=(("etag", '"two"'),)), level=Level.OPTIMAL, needs=window, rfc="5861 3")  # fmt: skip
    short = Answer((control("max-age=1, stale-while-revalidate=1"), TAG))
    of.add("while-revalidate-over", "Not beyond its seconds.", Step(answer=short, pause_s=3.4),
           Step(Expect.ASKED, short, status=200), needs=window, rfc="5861 3")  # fmt: skip
    firm = Answer((control("max-age=1, stale-while-revalidate=60, must-revalidate"),))
    of.add("while-revalidate-firm", "Not with must-revalidate.", Step(answer=firm, pause_s=LAPSE_S),
           Step(Expect.FETCHED, firm), needs=window)  # fmt: skip
    beside = Answer((control("s-maxage=1, stale-while-revalidate=60"),))
    of.add("while-revalidate-s-maxage", "s-maxage beside it forbids only what it does not allow.",
           Step(answer=beside, pause_s=LAPSE_S), Step(Expect.STALE, beside, status=200), level=Level.OPTIONAL, needs="", rfc="5861 3")  # fmt: skip
    turned = Answer((control("no-cache"), ("etag", '"two"')))
    of.add("while-revalidate-turned", "What the renewal forbids holds from then on.", Step(answer=grace, pause_s=LAPSE_S),
           Step(Expect.STALE, turned, status=200, pause_s=0.5), Step(Expect.ASKED, turned, status=200), needs=window, rfc="5861 3")  # fmt: skip
    spare = Answer((control("max-age=1, stale-if-error=60"),))
    for name, answer in {"cut": CUT, "500": Answer(status=500), "502": Answer(status=502),
                         "503": Answer(status=503), "504": Answer(status=504)}.items():  # fmt: skip
        of.add(f"if-error-{name}", "stale-if-error serves the stale reply.", Step(answer=spare, pause_s=LAPSE_S),
               Step(Expect.STALE, answer, status=200), level=Level.OPTIMAL, needs="", rfc="5861 4")  # fmt: skip
    of.add("if-error-404", "A 404 is no error of that kind.", Step(answer=spare, pause_s=LAPSE_S),
           Step(Expect.FETCHED, Answer(status=404), status=404), rfc="5861 4")  # fmt: skip
    both = Answer((control("max-age=1, stale-if-error=60, must-revalidate"),))
    of.add("if-error-firm", "Not with must-revalidate.", Step(answer=both, pause_s=LAPSE_S),
           Step(Expect.FETCHED, Answer(status=503), status=503), needs="stale/if-error-503", rfc="5861 4")  # fmt: skip
    brief = Answer((control("max-age=1, stale-if-error=1"),))
    of.add("if-error-over", "Not beyond its seconds.", Step(answer=brief, pause_s=3.4),
           Step(Expect.FETCHED, Answer(status=503), status=503), needs="stale/if-error-503", rfc="5861 4")  # fmt: skip
    return of.rules


def _heuristic() -> list[Rule]:
    of = Group("heuristic", "9111 4.2.2")
    for status in (200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501):
        of.reused(
            f"{status}", f"A {status} changed long ago is fresh for a moment.", AGO, status=status
        )
    for status in (201, 202, 302, 307, 403, 500, 502, 503, 504, 599):
        of.refused(f"{status}", f"A {status} is never guessed to be fresh.", AGO, status=status)
    of.reused("599-public", "Unless it is called public.", AGO, control("public"), status=599)
    of.refused("not-dated", "A reply without Last-Modified is not guessed at.", TAG)
    answer = Answer((AGO,))
    cookie = (("cookie", "session=1"),)
    of.add("cookie", "Nothing is guessed about a reply to a cookie: it may be personal.",
           Step(answer=answer, fields=cookie), Step(Expect.ASKED, answer, fields=cookie),
           level=Level.OPTIONAL, rfc="9111 7.1", needs="heuristic/200")  # fmt: skip
    return of.rules


def _method() -> list[Rule]:
    of = Group("method", "9110 9")
    hour = Answer((HOUR,))
    of.add("head-from-get", "HEAD is answered from a stored GET.", Step(answer=hour),
           Step(Expect.CACHED, hour, method="HEAD", status=200), level=Level.OPTIMAL, needs="", rfc="9111 4")  # fmt: skip
    known = Answer((HOUR,), body=b"whole")
    of.add("get-from-head", "GET after HEAD gets a body.", Step(answer=known, method="HEAD"),
           Step(Expect.ANY, known, status=200, text=b"whole"), needs="", rfc="9111 4")  # fmt: skip
    of.add("head-bodiless", "HEAD has no body and GET's length.", Step(answer=hour),
           Step(Expect.ANY, hour, method="HEAD", status=200, has=(("content-length", "8"),)), needs="")  # fmt: skip
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        of.add(f"{method.lower()}-written-through", f"{method} reaches the origin, with its body.",
               Step(answer=hour), Step(Expect.FETCHED, hour, method=method, body=b"abc" if method[0] == "P" else b""),
               needs="", rfc="9111 4")  # fmt: skip
    of.add("post-not-reused", "A reply to POST answers no other POST.", Step(answer=hour, method="POST", body=b"a"),
           Step(Expect.FETCHED, hour, method="POST", body=b"a"), rfc="9110 9.3.3")  # fmt: skip
    of.add("post-not-for-get", "Nor a GET, unless it says where it would be found.",
           Step(answer=hour, method="POST", body=b"a"), Step(Expect.FETCHED, hour), rfc="9110 9.3.3")  # fmt: skip
    return of.rules


_EXPLICIT = (
    200,
    203,
    204,
    299,
    301,
    302,
    303,
    307,
    308,
    400,
    403,
    404,
    405,
    410,
    414,
    418,
    451,
    499,
    500,
    501,
    502,
    503,
    504,
    599,
)


def _status() -> list[Rule]:
    of = Group("status", "9111 3")
    for status in _EXPLICIT:
        of.reused(f"{status}", f"A {status} with a lifetime is reused.", HOUR, status=status)
        past = Answer((("expires", -60),), status)
        of.add(f"{status}-stale", f"A {status} is not reused when stale.", Step(answer=past),
               Step(Expect.ASKED, past), needs=f"status/{status}")  # fmt: skip
    of.refused(
        "206", "A part is not the whole.", HOUR, ("content-range", "bytes 0-7/99"), status=206
    )
    return of.rules


_KEPT = {
    "x-unknown": "1", "content-foo": "2", "content-language": "de", "content-location": "/else",
    "content-security-policy": "default-src 'self'", "content-disposition": "inline",
    "content-encoding": "x-own", "etag": '"tag"', "expires": "Fri, 01 Jan 2038 01:01:01 GMT",
    "content-type": "text/html;charset=utf-8", "link": "</a>; rel=preload",
    "x-frame-options": "deny", "strict-transport-security": "max-age=9", "clear-site-data": '"cache"',
    "access-control-allow-origin": "*", "surrogate-key": "a b", "vary": "accept-encoding",
}  # fmt: skip
_NOT_KEPT = {
    "keep-alive": "timeout=5", "proxy-authenticate": "Basic", "proxy-authentication-info": "x",
    "proxy-connection": "keep-alive", "te": "trailers", "upgrade": "x-own",
}  # fmt: skip


def _headers() -> list[Rule]:
    of = Group("headers", "9111 3.1")
    for name, value in _KEPT.items():
        fields = (HOUR, (name, value))
        of.add(f"kept-{name}", f"{name} is stored and given.", Step(answer=Answer(fields)),
               Step(Expect.CACHED, Answer(fields), has=((name, value),)), needs="")  # fmt: skip
    for name, value in _NOT_KEPT.items():
        answer = Answer((HOUR, (name, value)))
        of.add(f"hop-{name}", f"{name} concerns one connection and is not stored.", Step(answer=answer),
               Step(Expect.CACHED, answer, lacks=() if name == "keep-alive" else (name,)), rfc="9110 7.6.1")  # fmt: skip
    named = (HOUR, ("connection", "x-a, x-b"), ("x-a", "1"), ("x-b", "2"), ("x-c", "3"))
    of.add("named", "Fields that Connection names are not stored.", Step(answer=Answer(named)),
           Step(Expect.CACHED, Answer(named), has=(("x-c", "3"),), lacks=("x-a", "x-b")), rfc="9110 7.6.1")  # fmt: skip
    asked = (("connection", "x-mine"), ("x-mine", "1"), ("x-other", "2"))
    of.add("named-request", "Nor are they sent upstream.",
           Step(Expect.FETCHED, fields=asked, unsent=("x-mine",), sent=(("x-other", "2"),)), needs="", rfc="9110 7.6.1")  # fmt: skip
    hop = (("te", "trailers"), ("proxy-authorization", "Basic eA=="), ("keep-alive", "5"))
    of.add("hop-request", "A request's fields for one connection are not sent upstream.",
           Step(Expect.FETCHED, fields=hop, unsent=("keep-alive", "proxy-authorization")), needs="", rfc="9110 7.6.1")  # fmt: skip
    of.add("lines", "Several lines of a field stay in order.",
           Step(answer=Answer((HOUR, ("x-list", "a"), ("x-list", "b")))),
           Step(Expect.CACHED, has=(("x-list", "a, b"),)), needs="", rfc="9110 5.3")  # fmt: skip
    of.add("bytes", "A field's bytes beyond ASCII stay.", Step(answer=Answer((HOUR, ("x-text", "\xe4\xff")))),
           Step(Expect.CACHED, has=(("x-text", "\xe4\xff"),)), needs="", rfc="9110 5.5")  # fmt: skip
    short = Answer((HOUR, ("content-length", "5")), body=b"short and more")
    of.add("length", "Bytes beyond Content-Length are dropped, and the rest is used.",
           Step(answer=short, status=200, text=b"short"),
           Step(Expect.CACHED, short, text=b"short"), needs="", level=Level.OPTIONAL, rfc="9112 6.3")  # fmt: skip
    coded = Answer((HOUR, ("transfer-encoding", "x-own")), body=b"to the end", last=True)
    of.add("coding", "An unknown transfer coding is not passed on.",
           Step(Expect.FETCHED, coded, lacks=("transfer-encoding",)), needs="", level=Level.OPTIONAL, rfc="9112 6.1")  # fmt: skip
    own = (("x-own", "1"), ("user-agent", "me/1"), ("referer", "http://a/"))
    of.add("request", "A request's end-to-end fields reach the origin.", Step(Expect.FETCHED, fields=own, sent=own),
           needs="", rfc="9110 7.6")  # fmt: skip
    return of.rules


def _auth() -> list[Rule]:
    of = Group("auth", "9111 3.5")
    mine = (("authorization", "Basic eDp5"),)
    answer = Answer((HOUR,))
    of.add("stored", "A reply to credentials answers nobody else.", Step(answer=answer, fields=mine, sent=mine),
           Step(Expect.FETCHED, answer))  # fmt: skip
    of.add(
        "own",
        "Nor the same one again.",
        Step(answer=answer, fields=mine),
        Step(Expect.FETCHED, answer, fields=mine),
    )
    for word in ("public", "must-revalidate", "s-maxage=3600"):
        allowed = Answer((control(f"max-age=3600, {word}"),))
        of.add(f"{word}", f"With {word} it answers all.", Step(answer=allowed, fields=mine, sent=mine),
               Step(Expect.CACHED, allowed), level=Level.OPTIMAL, needs="")  # fmt: skip
    of.add("proxy-revalidate", "proxy-revalidate says no such thing.",
           Step(answer=Answer((control("max-age=3600, proxy-revalidate"),)), fields=mine), Step(Expect.FETCHED))  # fmt: skip
    return of.rules


def _other() -> list[Rule]:
    of = Group("other", "9111 4")
    hour = Answer((HOUR,))
    of.add("age", "A stored reply tells its Age.", Step(answer=hour, pause_s=LAPSE_S),
           Step(Expect.CACHED, hour, has=(("age", ">1"),)), rfc="9111 5.1", needs="")  # fmt: skip
    for name, fields in {
        "max-age": (HOUR, ("age", "30")),
        "expires": (FUTURE, ("age", "30")),
    }.items():
        of.add(f"age-added-{name}", "To an Age that came, the time here is added.",
               Step(answer=Answer(fields), pause_s=LAPSE_S),
               Step(Expect.CACHED, has=(("age", ">31"),)), rfc="9111 4.2.3", needs="")  # fmt: skip
    of.add("age-one", "There is one Age.", Step(answer=Answer((HOUR, ("age", "30")))),
           Step(Expect.CACHED, has=(("age", ">29"),)), rfc="9111 5.1", needs="")  # fmt: skip
    dated = Answer((HOUR, ("date", "Fri, 01 Jan 2038 01:01:01 GMT")))
    of.add("date", "Date is the origin's and stays.", Step(answer=dated),
           Step(Expect.CACHED, has=(("date", "Fri, 01 Jan 2038 01:01:01 GMT"),)), rfc="9110 6.6.1", needs="")  # fmt: skip
    of.add("query-other", "Another query is another resource.", Step(answer=hour, at="?a=1"),
           Step(Expect.FETCHED, hour, at="?a=2"))  # fmt: skip
    of.add("query-none", "So is none.", Step(answer=hour, at="?a=1"), Step(Expect.FETCHED, hour))
    of.add("query-same", "The same query is the same.", Step(answer=hour, at="?a=1&b=2"),
           Step(Expect.CACHED, hour, at="?a=1&b=2"), level=Level.OPTIMAL, needs="")  # fmt: skip
    of.add("path-case", "A path's case tells resources apart.", Step(answer=hour, at="/a"), Step(Expect.FETCHED, hour, at="/A"), rfc="9110 4.2.3")  # fmt: skip
    of.add("path-slashes", "So does a second slash.", Step(answer=hour, at="/a"), Step(Expect.FETCHED, hour, at="//a"), rfc="9110 4.2.3")  # fmt: skip
    of.add("cookie", "A request with a cookie is answered from the store.", Step(answer=hour),
           Step(Expect.CACHED, hour, fields=(("cookie", "a=b"),)), level=Level.OPTIMAL, needs="")  # fmt: skip
    of.add("cookie-passed", "A cookie reaches the origin.", Step(Expect.FETCHED, hour, fields=(("cookie", "a=b"),), sent=(("cookie", "a=b"),)), needs="", rfc="9110 7.6")  # fmt: skip
    setting = Answer((HOUR, ("set-cookie", "a=b")))
    of.add("set-cookie", "A reply that sets a cookie is reused.", Step(answer=setting), Step(Expect.CACHED, setting),
           level=Level.OPTIONAL, needs="", rfc="9111 7.3")  # fmt: skip
    shared = Answer((control("public, max-age=3600"), ("set-cookie", "a=b")))
    of.add("set-cookie-public", "It is when it says that it is for all.", Step(answer=shared), Step(Expect.CACHED, shared),
           level=Level.OPTIONAL, needs="", rfc="9111 7.3")  # fmt: skip
    of.add("via", "A proxy names itself to the origin.", Step(Expect.FETCHED, hour, sent=(("via", "*"),)), needs="", rfc="9110 7.6.3")  # fmt: skip
    of.add("via-reply", "And to the viewer.", Step(Expect.FETCHED, hour, has=(("via", "*"),)), level=Level.OPTIONAL, needs="", rfc="9110 7.6.3")  # fmt: skip
    of.add("cache-status", "A reply tells whether it came from the store.", Step(answer=hour),
           Step(Expect.CACHED, hour, has=(("cache-status", "~hit"),)), level=Level.OPTIONAL, needs="", rfc="9211 2")  # fmt: skip
    of.reused(
        "disposition",
        "Content-Disposition changes nothing.",
        HOUR,
        ("content-disposition", "attachment"),
    )
    slow = Answer((HOUR,), wait_s=1.3)
    of.add("age-delay", "The wait for the origin counts as age.", Step(answer=slow, pause_s=1.2),
           Step(Expect.CACHED, has=(("age", ">1"),)), level=Level.OPTIONAL, rfc="9111 4.2.3", needs="")  # fmt: skip
    return of.rules


def _interim() -> list[Rule]:
    of = Group("interim", "9110 15.2")
    hints = (("link", "</a.css>; rel=preload"), ("x-early", "1"))
    early = Answer((HOUR,), interim=((103, hints),))
    for status, level in ((102, Level.OPTIMAL), (103, Level.OPTIMAL)):
        answer = Answer((HOUR,), interim=((status, hints if status == 103 else ()),))
        of.add(f"{status}", f"A {status} is passed on.", Step(Expect.FETCHED, answer, interim=(status,)), level=level, needs="")  # fmt: skip
    of.add("stored", "The final reply is stored, not the interim one.", Step(answer=early),
           Step(Expect.CACHED, interim=(), text=b"answer 1"), needs="", rfc="9111 3")  # fmt: skip
    of.add("fields", "Nor the interim one's fields.", Step(answer=early, lacks=("x-early",)),
           Step(Expect.CACHED, lacks=("x-early",)), needs="", rfc="9111 3")  # fmt: skip
    return of.rules


def _pragma() -> list[Rule]:
    of = Group("pragma", "9111 5.4")
    no = ("pragma", "no-cache")
    of.reused("reply", "Pragma in a reply means nothing.", HOUR, no)
    of.reused("reply-expires", "Beside Expires as well.", FUTURE, no)
    hour = Answer((HOUR,))
    of.add("request", "Pragma in a request asks anew.", Step(answer=hour), Step(Expect.ASKED, hour, fields=(no,)), level=Level.OPTIONAL)  # fmt: skip
    return of.rules


def _framing() -> list[Rule]:
    of = Group("framing", "9112 6.3")
    chunked = (HOUR, ("transfer-encoding", "chunked"))
    whole = Answer(chunked, body=b"5\r\nhello\r\n0\r\n\r\n")
    of.add("chunked", "A chunked reply is read to its end.", Step(answer=whole, status=200, text=b"hello"),
           Step(Expect.ANY, whole, status=200, text=b"hello"), needs="", rfc="9112 7.1")  # fmt: skip
    of.add("chunked-stored", "And stored.", Step(answer=whole), Step(Expect.CACHED, whole, text=b"hello"),
           level=Level.OPTIMAL, needs="", rfc="9112 7.1")  # fmt: skip
    trailers = Answer(chunked, body=b"5\r\nhello\r\n0\r\nx-late: 1\r\nset-cookie: a=b\r\n\r\n")
    of.add("trailers", "Trailers are no headers.", Step(answer=trailers, text=b"hello", lacks=("x-late", "set-cookie")),
           Step(Expect.ANY, trailers, text=b"hello", lacks=("x-late", "set-cookie")), needs="", rfc="9110 6.5.1")  # fmt: skip
    for name, answer in {
        "chunk-cut": Answer(chunked, body=b"5\r\nhel", last=True),
        "chunks-cut": Answer(chunked, body=b"5\r\nhello\r\n", last=True),
        "length-cut": Answer((HOUR, ("content-length", "99")), body=b"hello", last=True),
    }.items():
        good = Answer((HOUR,), body=b"hello")
        of.add(name, "What was cut off is not stored.", Step(answer=answer), Step(Expect.FETCHED, good, text=b"hello"), rfc="9111 3.3")  # fmt: skip
    until_close = Answer((HOUR,), body=b"hello", last=True)
    of.add(
        "until-close",
        "A body may end with its connection.",
        Step(Expect.FETCHED, until_close, text=b"hello"),
        needs="",
    )
    return of.rules


_LIES = (
    "x-forwarded-host", "x-host", "x-forwarded-server", "x-original-url", "x-rewrite-url", "forwarded",
    "x-http-method-override", "x-forwarded-scheme", "x-forwarded-proto", "x-forwarded-port",
)  # fmt: skip


def _poisoning() -> list[Rule]:
    of = Group("poisoning", "9110 17.16")
    hour = Answer((HOUR,))
    for name in _LIES:
        of.add(name, f"What a stranger says in {name} shapes no reply that others get.",
               Step(Expect.ANY, hour, fields=((name, "evil.example"),), unsent=(name,)), level=Level.OPTIONAL, needs="")  # fmt: skip
    of.add(
        "body",
        "A GET with a body answers none without.",
        Step(answer=hour, body=b"fat"),
        Step(Expect.FETCHED, hour),
    )
    of.add("error", "A 400 that one request caused is not kept.", Step(answer=Answer(status=400), fields=(("x-odd", "1"),)),
           Step(Expect.FETCHED, hour), needs="")  # fmt: skip
    of.add(
        "error-500",
        "Nor a 500.",
        Step(answer=Answer(status=500)),
        Step(Expect.FETCHED, hour),
        needs="",
    )
    vary = Answer((HOUR, ("vary", "cookie")))
    of.add("cookies", "A reply that varies by Cookie is each viewer's own.", Step(answer=vary, fields=(("cookie", "a=1"),)),
           Step(Expect.FETCHED, vary, fields=(("cookie", "a=2"),)), needs="")  # fmt: skip
    return of.rules


STORING = [
    *_cc_response(),
    *_stale(),
    *_heuristic(),
    *_method(),
    *_status(),
    *_headers(),
    *_auth(),
    *_other(),
    *_interim(),
    *_pragma(),
    *_framing(),
    *_poisoning(),
]
