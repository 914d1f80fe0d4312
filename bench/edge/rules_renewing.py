"""Rules on what changes a stored reply: a 304, a HEAD, a request that is not safe."""

from bench.edge.rules_lifetimes import HOUR, SECOND, control
from bench.edge.rules_model import BASIS, LAPSE_S, Answer, Expect, Group, Level, Pairs, Rule, Step


TAG = ("etag", '"one"')
RENEWED = "conditional-inm/generated-strong"

_UPDATED = {
    "x-own": ("1", "2"), "content-foo": ("1", "2"), "cache-control": ("max-age=1", "max-age=600"),
    "content-security-policy": ("default-src 'self'", "default-src 'none'"), "link": ("</a>", "</b>"),
    "expires": ("Fri, 01 Jan 2038 01:01:01 GMT", "Mon, 11 Jan 2038 11:11:11 GMT"),
    "x-frame-options": ("deny", "sameorigin"), "surrogate-key": ("a", "b"), "warning": ("199 a", "199 b"),
}  # fmt: skip


def _update304() -> list[Rule]:
    of = Group("update304", "9111 3.2")
    for name, (old, new) in _UPDATED.items():
        before = (TAG, (name, old)) if name == "cache-control" else (SECOND, TAG, (name, old))
        after = (TAG, (name, new)) if name == "cache-control" else (HOUR, TAG, (name, new))
        of.add(name, f"A 304 replaces {name}, at once and in the store.", Step(answer=Answer(before), pause_s=LAPSE_S),
               Step(Expect.RENEWED, Answer(after), has=((name, new),)),
               Step(Expect.CACHED, Answer(after), has=((name, new),)), needs=RENEWED)  # fmt: skip
    stored: Pairs = (SECOND, TAG, ("x-own", "1"), ("content-type", "text/html"))
    first = Step(answer=Answer(stored), pause_s=LAPSE_S)
    short = Answer((SECOND, TAG), renewed=(HOUR, TAG))
    of.add("kept", "What a 304 does not name stays.", first,
           Step(Expect.RENEWED, short, has=(("x-own", "1"), ("content-type", "text/html")), text=b"answer 1"), needs=RENEWED)  # fmt: skip
    bare = Answer((control("max-age=3"), TAG), renewed=(TAG,))
    of.add("kept-lifetime", "Also the lifetime: it starts again.", Step(answer=bare, pause_s=4.4),
           Step(Expect.RENEWED, bare), Step(Expect.CACHED, bare), needs=RENEWED, rfc="9111 4.3.4")  # fmt: skip
    lied = Answer((SECOND, TAG), renewed=(HOUR, TAG, ("content-length", "3")))
    of.add("length", "A 304 does not change the length.", first,
           Step(Expect.RENEWED, lied, text=b"answer 1", has=(("content-length", "8"),)),
           Step(Expect.CACHED, lied, text=b"answer 1", has=(("content-length", "8"),)), needs=RENEWED)  # fmt: skip
    coded = Answer((SECOND, TAG), renewed=(HOUR, TAG, ("content-encoding", "gzip")))
    of.add("encoding", "Nor how the stored bytes are encoded.", first,
           Step(Expect.RENEWED, coded, lacks=("content-encoding",)), needs=RENEWED, level=Level.OPTIONAL)  # fmt: skip
    varied: Pairs = (SECOND, TAG, ("vary", "x-a"), ("x-own", "1"))
    one, two = (("x-a", "1"),), (("x-a", "2"),)
    anew = Answer((HOUR, TAG, ("vary", "x-a"), ("x-own", "2")))
    of.add("variant", "It is of the variant that was asked about.", Step(answer=Answer(varied), fields=one),
           Step(answer=Answer(varied), fields=two, pause_s=LAPSE_S), Step(Expect.RENEWED, anew, fields=one, text=b"answer 1"),
           Step(Expect.CACHED, anew, fields=one, text=b"answer 1", has=(("x-own", "2"),)),
           Step(Expect.RENEWED, anew, fields=two, text=b"answer 2"), needs="vary/two-kept", rfc="9111 4.3.4")  # fmt: skip
    other = Answer((HOUR, ("etag", '"two"')), body=b"second")
    of.add("replaced", "A 200 takes the place of what was asked about.", first, Step(Expect.FETCHED, other, text=b"second"),
           Step(Expect.CACHED, other, text=b"second", lacks=("x-own",)), needs=RENEWED, rfc="9111 4.3.3")  # fmt: skip
    gone_now = Answer((control("max-age=60"),), 404)
    of.add(
        "gone",
        "So does a 404.",
        first,
        Step(Expect.FETCHED, gone_now),
        Step(Expect.CACHED, gone_now),
        needs=RENEWED,
        rfc="9111 4.3.3",
    )
    typed = Answer((SECOND, TAG), renewed=(HOUR, TAG, ("content-type", "text/plain;charset=utf-8")))
    of.add("type", "It may change the type.", first,
           Step(Expect.RENEWED, typed, has=(("content-type", "text/plain;charset=utf-8"),)), needs=RENEWED, level=Level.OPTIONAL)  # fmt: skip
    aged: Pairs = (SECOND, TAG, ("age", "0"))
    fresh = Answer(aged, renewed=(control("max-age=60"), TAG))
    of.add("age", "The age starts again.", Step(answer=Answer(aged), pause_s=LAPSE_S), Step(Expect.RENEWED, fresh),
           Step(Expect.CACHED, fresh, has=(("age", "*"),)), needs=RENEWED, rfc="9111 4.2.3")  # fmt: skip
    gone = Answer((SECOND, TAG), renewed=(control("no-store"), TAG))
    of.add(
        "no-store",
        "A 304 may end the storing.",
        first,
        Step(Expect.RENEWED, gone),
        Step(Expect.ASKED, gone),
        needs=RENEWED,
    )
    dated = Answer((SECOND, ("last-modified", "Wed, 01 Jan 2020 00:00:00 GMT"), ("x-own", "1")))
    later = Answer((HOUR, ("last-modified", "Wed, 01 Jan 2020 00:00:00 GMT"), ("x-own", "2")))
    of.add("dated", "So with Last-Modified alone.", Step(answer=dated, pause_s=LAPSE_S),
           Step(Expect.RENEWED, later, has=(("x-own", "2"),)), Step(Expect.CACHED, later, has=(("x-own", "2"),)),
           needs="conditional-lm/generated")  # fmt: skip
    return of.rules


def _update_head() -> list[Rule]:
    of = Group("update-head", "9111 4.3.5")
    stored: Pairs = (SECOND, TAG, ("x-own", "1"))
    first = Step(answer=Answer(stored), pause_s=LAPSE_S)
    new = Answer((HOUR, TAG, ("x-own", "2")), body=b"answer 1")
    optional = Level.OPTIONAL
    of.add(
        "written-through",
        "HEAD of a stale reply reaches the origin.",
        first,
        Step(Expect.ASKED, new, method="HEAD"),
        level=optional,
    )
    of.add(
        "lifetime",
        "Its lifetime is the stored reply's.",
        first,
        Step(Expect.ASKED, new, method="HEAD"),
        Step(Expect.CACHED, new),
        level=optional,
    )
    of.add("fields", "So are its fields.", first, Step(Expect.ASKED, new, method="HEAD"),
           Step(Expect.CACHED, new, has=(("x-own", "2"),)), level=optional)  # fmt: skip
    other = Answer((HOUR, ("etag", '"two"')), body=b"answer two")
    of.add("changed", "A HEAD that tells of another version ends the stored one.", first,
           Step(Expect.ASKED, other, method="HEAD"), Step(Expect.ANY, other, status=200, text=b"answer two"))  # fmt: skip
    return of.rules


def _invalidation() -> list[Rule]:
    of = Group("invalidation", "9111 4.4")
    hour = Answer((HOUR,))
    first, again = Step(answer=hour), Step(Expect.FETCHED, hour)
    for method in ("POST", "PUT", "DELETE", "PATCH", "M-SEARCH"):
        body = b"abc"
        name = method.lower()
        of.add(
            name,
            f"{method} that succeeds ends the stored reply.",
            first,
            Step(Expect.FETCHED, method=method, body=body),
            again,
        )
        failed = Step(Expect.FETCHED, Answer(status=500), method=method, body=body, status=500)
        of.add(f"{name}-failed", f"{method} that fails does not.", first, failed, Step(Expect.CACHED, hour),
               level=Level.OPTIMAL, needs=f"invalidation/{name}")  # fmt: skip
    moved = Step(Expect.FETCHED, Answer(status=303), method="POST", body=b"a")
    of.add("redirect", "A redirect is success.", first, moved, again)
    refused = Step(Expect.FETCHED, Answer(status=404), method="POST", body=b"a", status=404)
    of.add(
        "client-error",
        "A 404 is not.",
        first,
        refused,
        Step(Expect.CACHED, hour),
        level=Level.OPTIMAL,
        needs="invalidation/post",
    )
    of.add("query", "It ends that one URL.", Step(answer=hour, at="?a=1"), Step(Expect.FETCHED, method="POST", body=b"a", at="?a=2"),
           Step(Expect.CACHED, hour, at="?a=1"), level=Level.OPTIMAL, needs="invalidation/post")  # fmt: skip
    varied = Answer((HOUR, ("vary", "x-a")))
    one, two = (("x-a", "1"),), (("x-a", "2"),)
    of.add("variants", "It ends all variants.", Step(answer=varied, fields=one), Step(answer=varied, fields=two),
           Step(Expect.FETCHED, method="POST", body=b"a"), Step(Expect.FETCHED, varied, fields=one),
           Step(Expect.FETCHED, varied, fields=two), needs="vary/two-kept")  # fmt: skip
    for name in ("location", "content-location"):
        of.add(name, f"{name} of the reply is ended as well.", Step(answer=hour, at="/b"),
               Step(Expect.FETCHED, Answer(((name, "b"),), 201), method="POST", body=b"a", at="/a", status=201),
               Step(Expect.FETCHED, hour, at="/b"), level=Level.OPTIONAL, needs=BASIS)  # fmt: skip
        of.add(f"{name}-stranger", "Not at another origin.", Step(answer=hour, at="/b"),
               Step(Expect.FETCHED, Answer(((name, "http://other.example/rules/0/b"),), 201), method="POST", body=b"a", at="/a", status=201),
               Step(Expect.CACHED, hour, at="/b"), level=Level.OPTIMAL, needs="")  # fmt: skip
    for method in ("HEAD", "OPTIONS"):
        of.add(f"safe-{method.lower()}", f"{method} ends nothing.", first, Step(Expect.ANY, hour, method=method),
               Step(Expect.CACHED, hour), level=Level.OPTIMAL, needs="")  # fmt: skip
    return of.rules


RENEWING = [*_update304(), *_update_head(), *_invalidation()]
