"""Rules on how long a reply is fresh: Cache-Control, Age, Expires and the targeted field."""

from bench.edge.rules_model import LAPSE_S, Answer, Group, Level, Rule, Step


HOUR = ("cache-control", "max-age=3600")
SECOND = ("cache-control", "max-age=1")
PAST, FUTURE = ("expires", -9_000), ("expires", 9_000)


def control(value: str) -> tuple[str, str]:
    return ("cache-control", value)


def _cc_freshness() -> list[Rule]:
    of = Group("cc-freshness", "9111 4.2.1")
    of.reused("max-age", "A reply is reused within its max-age.", HOUR)
    of.refused("max-age-0", "max-age=0 is never fresh.", control("max-age=0"))
    of.refused("max-age-over", "A reply is not reused beyond its max-age.", SECOND, pause_s=LAPSE_S)
    of.refused("max-age-negative", "A negative max-age is no lifetime.", control("max-age=-9"))
    of.refused("nothing", "Without a lifetime and a date of change nothing is reused.")
    of.refused(
        "immutable-alone", "immutable gives no lifetime.", control("immutable"), rfc="8246 2"
    )
    for name, value in {
        "case": "MaX-aGe=3600",
        "extension": "some-word, max-age=3600",
        "extension-value": "max-age=3600, some-word=7",
        "public": "public, max-age=3600",
        "largest": "max-age=2147483648",
        "too-large": "max-age=99999999999",
        "immutable": "max-age=3600, immutable",
        "s-maxage": "s-maxage=3600",
        "s-maxage-longer": "max-age=0, s-maxage=3600",
    }.items():
        of.reused(name, f"A reply with `{value}` is reused.", control(value))
    of.reused("over-past-expires", "max-age overrides a past Expires.", HOUR, PAST)
    of.reused("over-bad-expires", "max-age overrides an invalid Expires.", HOUR, ("expires", "0"))
    of.refused(
        "over-future-expires", "max-age=0 overrides a future Expires.", control("max-age=0"), FUTURE
    )
    for name, fields in {
        "s-maxage-shorter": (control("max-age=3600, s-maxage=1"),),
        "s-maxage-shorter-first": (control("s-maxage=1, max-age=3600"),),
        "s-maxage-shorter-lines": (HOUR, control("s-maxage=1")),
    }.items():
        of.refused(name, "A shared cache obeys s-maxage before max-age.", *fields, pause_s=LAPSE_S)
    of.refused("s-maxage-0", "s-maxage=0 is never fresh.", control("s-maxage=0, max-age=3600"))
    of.refused("age", "An Age beyond max-age is stale.", HOUR, ("age", "7200"))
    of.refused("age-equal", "An Age of just max-age is stale.", HOUR, ("age", "3600"))
    of.refused("age-s-maxage", "Age counts for s-maxage.", control("s-maxage=60"), ("age", "60"))
    of.refused(
        "date-past", "A Date further back than max-age is stale: the clocks count as well.",
        control("max-age=60"), ("date", -120), rfc="9111 4.2.3",
    )  # fmt: skip
    of.reused("date-future", "A Date in the future takes nothing away.", HOUR, ("date", 600))
    of.reused("date-invalid", "An invalid Date is as good as none.", HOUR, ("date", "yesterday"))
    return of.rules


def _cc_parse() -> list[Rule]:
    of = Group("cc-parse", "9111 5.2")
    for name, value in {
        "quoted-before": 'x="max-age=3600", max-age=1',
        "quoted-after": 'max-age=1, x="max-age=3600"',
        "quoted-comma": 'x="a, max-age=3600, b", max-age=1',
        "quoted-escape": 'x="a\\", max-age=3600, \\"", max-age=1',
        "stale-then-fresh": "max-age=1, max-age=3600",
    }.items():
        of.refused(name, f"`{value}` lives for one second.", control(value), pause_s=LAPSE_S)
    for name, value in {
        "single-quotes": "max-age='3600'",
        "letters-first": "max-age=a3600",
        "letters-last": "max-age=3600a",
        "no-value": "max-age",
        "empty-value": "max-age=",
        "semicolon": "max-age=3600; no-store, no-store",
        "hexadecimal": "max-age=0xe10",
        "underscore": "max-age=3_600",
        "plus": "max-age=+3600",
    }.items():
        of.refused(name, f"`{value}` is no valid lifetime.", control(value), rfc="9111 4.2.1")
    for name, value in {"decimal": "max-age=3600.5", "space-before": "max-age =3600",
                        "space-after": "max-age= 3600"}.items():  # fmt: skip
        of.refused(
            name, f"`{value}` is better taken for stale.", control(value), level=Level.OPTIONAL
        )
    for name, value in {
        "leading-zeros": "max-age=003600",
        "empty-items": ", ,max-age=3600,,",
        "tabs": "public,\tmax-age=3600\t",
        "same-twice": "max-age=3600, max-age=3600",
        "quoted-number": 'max-age="3600"',
        "quoted-no-store": 'x="no-store", max-age=3600',
        "no-store-like": "no-stores, max-age=3600",
        "no-store-suffix": "x-no-store, max-age=3600",
    }.items():
        of.reused(name, f"A reply with `{value}` is reused.", control(value))
    of.refused("two-lines", "no-store on a second line counts.", HOUR, control("no-store"))
    of.refused(
        "last-of-many",
        "no-store at the end of a list counts.",
        control("a, b=c, max-age=9, no-store"),
    )
    of.refused("private-value-case", "PRIVATE in capitals counts.", control("max-age=9, PRIVATE"))
    return of.rules


def _age_parse() -> list[Rule]:
    of = Group("age-parse", "9111 5.1")
    for name, age in {"letters": "abc", "negative": "-7200", "decimal": "7200.0", "empty": "",
                      "quoted": '"7200"', "hexadecimal": "0x1c20"}.items():  # fmt: skip
        of.reused(
            name, f"`Age: {age}` is no age and is left out.", HOUR, ("age", age),
            level=Level.REQUIRED,
        )  # fmt: skip
    for name, age in {"31-bit": "2147483647", "32-bit": "2147483648", "beyond": "4294967297",
                      "64-bit": "18446744073709551617", "zeros": "0007200"}.items():  # fmt: skip
        of.refused(name, f"`Age: {age}` is old.", HOUR, ("age", age))
    old, new = ("age", "7200"), ("age", "0")
    of.refused("old-new", "Of `Age: 7200, 0` the first counts.", HOUR, ("age", "7200, 0"))
    of.refused("old-new-lines", "Of two lines the first counts: old.", HOUR, old, new)
    required = Level.REQUIRED
    of.reused(
        "new-old", "Of `Age: 0, 7200` the first counts.", HOUR, ("age", "0, 7200"), level=required
    )
    of.reused(
        "new-old-lines", "Of two lines the first counts: new.", HOUR, new, old, level=required
    )
    of.reused("twice", "The same Age twice is that age.", HOUR, new, new, level=required)
    of.refused(
        "parameter", "`Age: 7200;a=b` may pass for an age.", HOUR, ("age", "7200;a=b"),
        level=Level.OPTIONAL,
    )  # fmt: skip
    return of.rules


def _expires() -> list[Rule]:
    of = Group("expires", "9111 5.3")
    of.reused("future", "A reply is reused until it expires.", FUTURE)
    of.refused("past", "A reply that has expired is not reused.", PAST)
    of.refused("now", "A reply that expires at its Date is not fresh.", ("expires", 0), ("date", 0))
    of.refused("over", "A reply is not reused after it expires.", ("expires", 1), pause_s=LAPSE_S)
    of.refused(
        "before-date", "A lifetime is Expires less Date, whatever the local clock says.",
        ("expires", 300), ("date", 400), rfc="9111 4.2.1",
    )  # fmt: skip
    of.refused("age", "Age counts for Expires.", ("date", 0), ("expires", 60), ("age", "90"))
    of.refused(
        "age-slow", "Age counts when Date is slow.", ("date", -10), ("expires", 10), ("age", "25")
    )
    of.refused(
        "age-fast", "Age counts when Date is fast.", ("date", 10), ("expires", 20), ("age", "15")
    )
    of.reused("bad-date", "An invalid Date does not spoil Expires.", ("date", "x"), ("expires", 60))
    of.reused("no-date", "Nor does a missing one.", ("date", ""), ("expires", 60))
    of.refused("no-store", "no-store counts beside Expires.", FUTURE, control("no-store"))
    of.reused(
        "no-directive",
        "A directive that is no lifetime leaves Expires be.",
        FUTURE,
        control("public"),
    )
    return of.rules


def _expires_parse() -> list[Rule]:
    of = Group("expires-parse", "9110 5.6.7")
    for name, date in {
        "obsolete-850": "Thursday, 18-Aug-50 02:01:18 GMT",
        "asctime": "Thu Aug 18 02:01:18 2050",
        "asctime-space": "Mon Aug  8 02:01:18 2050",
        "case-weekday": "THU, 18 Aug 2050 02:01:18 GMT",
        "case-month": "Thu, 18 aug 2050 02:01:18 GMT",
        "case-zone": "Thu, 18 Aug 2050 02:01:18 gMt",
        "beyond-2038": "Tue, 19 Jan 2038 14:14:08 GMT",
        "far": "Sun, 21 Nov 2286 04:46:39 GMT",
    }.items():
        of.reused(name, f"`{date}` is a date.", ("expires", date))
    for name, date in {
        "zero": "0",
        "minus-one": "-1",
        "word": "never",
        "empty": "",
        "number": "4102444800",
        "zone-utc": "Thu, 18 Aug 2050 02:01:18 UTC",
        "zone-other": "Thu, 18 Aug 2050 02:01:18 AEST",
        "zone-offset": "Thu, 18 Aug 2050 02:01:18 +0000",
        "zone-missing": "Thu, 18 Aug 2050 02:01:18",
        "year-short": "Thu, 18 Aug 50 02:01:18 GMT",
        "comma-missing": "Thu 18 Aug 2050 02:01:18 GMT",
        "weekday-missing": "18 Aug 2050 02:01:18 GMT",
        "spaces": "Thu, 18  Aug  2050 02:01:18 GMT",
        "dashes": "Thu, 18-Aug-2050 02:01:18 GMT",
        "periods": "Thu, 18 Aug 2050 02.01.18 GMT",
        "hour-short": "Thu, 18 Aug 2050 2:01:18 GMT",
        "day-of-month": "Thu, 32 Aug 2050 02:01:18 GMT",
        "iso": "2050-08-18T02:01:18Z",
    }.items():
        of.refused(
            name, f"`{date}` is no date, so it has expired.", ("expires", date), rfc="9111 5.3"
        )
    of.refused("lines", "Two different lines are no date.", ("expires", 3_000), ("expires", 9_000))
    return of.rules


def _targeted() -> list[Rule]:
    of = Group("cdn-cache-control", "9213 2.2", "cdn-cache-control/max-age")

    def cdn(value: str) -> tuple[str, str]:
        return ("cdn-cache-control", value)

    for name, fields in {
        "max-age": (cdn("max-age=3600"),),
        "largest": (cdn("max-age=2147483648"),),
        "too-large": (cdn("max-age=99999999999"),),
        "extension": (cdn("some-word, max-age=3600"),),
        "parameter": (cdn("max-age=3600;a=b"),),
        "over-past-expires": (cdn("max-age=3600"), PAST),
        "over-bad-expires": (cdn("max-age=3600"), ("expires", "0")),
        "over-short": (control("max-age=0"), cdn("max-age=3600")),
        "lines": (cdn("some-word"), cdn("max-age=3600")),
        "last-counts": (cdn("max-age=0, max-age=3600"),),
    }.items():
        of.reused(name, "A reply that the targeted field calls fresh is reused.", *fields)
    of.reused(
        "over-no-store", "The targeted field overrides no-store of Cache-Control.",
        control("no-store"), cdn("max-age=3600"), level=Level.REQUIRED,
    )  # fmt: skip
    for name, fields in {
        "max-age-0": (cdn("max-age=0"),),
        "age": (cdn("max-age=3600"), ("age", "7200")),
        "over-future-expires": (cdn("max-age=0"), FUTURE),
        "over-long": (HOUR, cdn("max-age=0")),
        "private": (cdn("private"), HOUR, FUTURE),
        "no-cache": (cdn("no-cache"), HOUR, FUTURE),
        "no-store": (cdn("no-store"), HOUR, FUTURE),
        "silent": (cdn("public"), HOUR, FUTURE),
    }.items():
        of.refused(name, "What the targeted field forbids is not reused.", *fields)
    for name, value in {
        "bad-member": "max-age=3600, &&&",
        "bad-comma": "max-age=3600,",
        "bad-case": "Max-Age=3600",
        "bad-space": "max-age =3600",
        "bad-quote": 'max-age=3600, x="',
        "bad-number": "max-age=3600a",
        "empty": "",
    }.items():
        of.refused(
            name, f"`{value}` is no dictionary: Cache-Control counts instead.",
            cdn(value), control("no-store"), rfc="9213 2.1",
        )  # fmt: skip
        of.reused(f"{name}-fallback", "And what that allows is reused.", cdn(value), HOUR)
    of.refused(
        "string", "A string is no number of seconds.", cdn('max-age="3600"'), control("no-store"),
        rfc="9213 2.1",
    )  # fmt: skip
    of.reused(
        "stranger",
        "A field for another cache changes nothing.",
        HOUR,
        ("other-cache-control", "no-store"),
    )
    first = Step(
        answer=Answer((cdn("max-age=3600"),)), has=(("cdn-cache-control", "max-age=3600"),)
    )
    of.add(
        "passed-on",
        "The field is passed on, for caches further down.",
        first,
        level=Level.OPTIONAL,
        needs="",
    )
    return of.rules


LIFETIMES = [
    *_cc_freshness(),
    *_cc_parse(),
    *_age_parse(),
    *_expires(),
    *_expires_parse(),
    *_targeted(),
]
