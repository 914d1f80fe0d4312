"""Rules on which stored reply fits a request: Vary, a viewer's conditions, ranges, its Cache-Control."""

from functools import partial

from bench.edge.rules_lifetimes import HOUR, SECOND, control
from bench.edge.rules_model import LAPSE_S, Answer, Expect, Group, Level, Pairs, Rule, Step


AGO = ("last-modified", -3_000)
TEXT = b"0123456789"
VARIED = "vary/match"


def _pair(  # noqa: PLR0913  a table's columns
    of: Group, name: str, says: str, listed: str, one: Pairs, other: Pairs, *, same: bool = True,
    extra: Pairs = (), level: Level | None = None,
) -> None:  # fmt: skip
    answer = Answer((HOUR, ("vary", listed), *extra))
    expect = Expect.CACHED if same else Expect.FETCHED
    wanted = level or (Level.OPTIMAL if same else Level.REQUIRED)
    of.add(name, says, Step(answer=answer, fields=one), Step(expect, answer, fields=other),
           level=wanted, needs="" if same else VARIED)  # fmt: skip


def _vary() -> list[Rule]:
    of = Group("vary", "9111 4.1")
    pair = partial(_pair, of)
    a, b = (("x-a", "1"),), (("x-a", "2"),)
    abc: Pairs = (("x-a", "1"), ("x-b", "two"), ("x-c", "3"))
    pair("match", "The same field fits.", "x-a", a, a)
    pair("mismatch", "Another value does not.", "x-a", a, b, same=False)
    pair("absent-then", "Nor a value where there was none.", "x-a", (), a, same=False)
    pair("absent-now", "Nor none where there was a value.", "x-a", a, (), same=False)
    pair("absent-both", "None fits none.", "x-a", (), ())
    pair(
        "others",
        "Fields that are not listed do not matter.",
        "x-a",
        (*a, ("x-z", "1")),
        (*a, ("x-z", "2")),
    )
    pair("names-case", "Names of fields have no case.", "X-A", a, a)
    pair("values-case", "Values have.", "x-a", (("x-a", "v"),), (("x-a", "V"),), same=False)
    pair("two", "Two fields fit.", "x-a, x-b", abc, abc)
    pair("two-mismatch", "Both have to.", "x-a, x-b", abc, (("x-a", "1"), ("x-b", "3")), same=False)
    pair("two-absent", "Both have to be there.", "x-a, x-b", abc, a, same=False)
    pair(
        "two-lines",
        "Two lines are one list.",
        "x-a",
        abc,
        (("x-a", "1"), ("x-b", "3")),
        same=False,
        extra=(("vary", "x-b"),),
    )
    pair("three", "Three fields fit in any order.", "x-a, x-b, x-c", abc, abc[::-1])
    pair(
        "three-mismatch", "All have to.", "x-a, x-b, x-c", abc, (*abc[:2], ("x-c", "4")), same=False
    )
    pair("three-absent", "A field that is absent in both fits.", "x-a, x-b, x-c", abc[:2], abc[:2])
    pair(
        "shifted",
        "A value does not count for another field.",
        "x-a, x-b",
        (("x-a", "1"),),
        (("x-b", "1"),),
        same=False,
    )
    pair(
        "combined",
        "Two lines are the same as a list.",
        "x-a",
        (("x-a", "1, 2"),),
        (("x-a", "1"), ("x-a", "2")),
    )
    pair(
        "spaces",
        "White space between items means nothing.",
        "x-a",
        (("x-a", "1,2"),),
        (("x-a", "1, 2"),),
    )
    pair(
        "order",
        "The order of an unknown list may mean something.",
        "x-a",
        (("x-a", "1, 2"),),
        (("x-a", "2, 1"),),
        same=False,
    )
    _vary_preferences(of)
    _vary_variants(of)
    return of.rules


def _vary_preferences(of: Group) -> None:
    pair = partial(_pair, of)
    language = "accept-language"
    for name, one, other in (
        ("order", "en, de", "de, en"), ("case", "en, de", "EN, De"), ("spaces", "en,de", "en ,  de"),
        ("weights", "en, de;q=0.5", "en;q=1.0, de;q=0.50"),
    ):  # fmt: skip
        pair(
            f"language-{name}",
            "Preferences that mean the same fit.",
            language,
            ((language, one),),
            ((language, other),),
        )
    pair(
        "language-mismatch",
        "Others do not.",
        language,
        ((language, "en, de;q=0.5"),),
        ((language, "en;q=0.5, de"),),
        same=False,
    )
    coding = "accept-encoding"
    pair(
        "encoding-order",
        "So with encodings.",
        coding,
        ((coding, "gzip, br"),),
        ((coding, "br, gzip"),),
    )
    pair(
        "encoding-mismatch",
        "An encoding that is not accepted is not sent.",
        coding,
        ((coding, "gzip"),),
        ((coding, "gzip;q=0"),),
        same=False,
        level=Level.OPTIONAL,
    )


def _vary_variants(of: Group) -> None:
    a, b = (("x-a", "1"),), (("x-a", "2"),)
    answer = Answer((HOUR, ("vary", "x-a")))
    of.add("two-kept", "Two variants are kept beside each other.", Step(answer=answer, fields=a),
           Step(Expect.FETCHED, answer, fields=b), Step(Expect.CACHED, answer, fields=a, text=b"answer 1"),
           Step(Expect.CACHED, answer, fields=b, text=b"answer 2"), level=Level.OPTIMAL, needs="")  # fmt: skip
    of.add(
        "sent",
        "The field reaches the origin.",
        Step(Expect.FETCHED, answer, fields=a, sent=a),
        needs="",
    )


def _vary_parse() -> list[Rule]:
    of = Group("vary-parse", "9110 12.5.5")
    for name, lines in {
        "star": ("*",), "stars": ("*, *",), "star-lines": ("*", "*"), "empty-star": (", *",),
        "empty-line-star": ("", "*"), "star-name": ("*, x-a",), "name-star": ("x-a, *",),
        "name-line-star": ("x-a", "*"), "spaced-star": ("x-a,  * ",),
    }.items():  # fmt: skip
        answer = Answer((HOUR, *(("vary", line) for line in lines)))
        of.add(
            name,
            "* anywhere fits no request.",
            Step(answer=answer),
            Step(Expect.FETCHED, answer),
            needs=VARIED,
        )
    for name, line in {"empty": "", "commas": ",,", "empty-items": ",x-a,"}.items():
        of.reused(name, "Empty items mean nothing.", HOUR, ("vary", line))
    return of.rules


def _since(  # noqa: PLR0913, PLR0917  a table's columns
    of: Group, name: str, says: str, stored: Pairs, asked: Pairs, status: int, level: Level
) -> None:
    of.add(name, says, Step(answer=Answer(stored)),
           Step(Expect.CACHED, Answer(stored), fields=asked, status=status), level=level, needs="")  # fmt: skip


def _conditional_lm() -> list[Rule]:
    of = Group("conditional-lm", "9110 13.1.3")

    since = partial(_since, of)
    optimal, required = Level.OPTIMAL, Level.REQUIRED
    stored: Pairs = (HOUR, AGO)
    since(
        "same",
        "304 when it is not changed since.",
        stored,
        (("if-modified-since", -3_000),),
        304,
        optimal,
    )
    since(
        "earlier",
        "304 when it was changed before.",
        stored,
        (("if-modified-since", -2_000),),
        304,
        optimal,
    )
    since(
        "later",
        "Not when it was changed after.",
        stored,
        (("if-modified-since", -4_000),),
        200,
        required,
    )
    since(
        "invalid",
        "Not for what is no date.",
        stored,
        (("if-modified-since", "recently"),),
        200,
        required,
    )
    since(
        "no-date",
        "By Date where Last-Modified is missing.",
        (HOUR, ("date", -30)),
        (("if-modified-since", 0),),
        304,
        optimal,
    )
    fixed: Pairs = (HOUR, ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT"))
    since(
        "obsolete",
        "304 for the obsolete form of the date.",
        fixed,
        (("if-modified-since", "Sunday, 06-Nov-94 08:49:37 GMT"),),
        304,
        optimal,
    )
    since(
        "asctime",
        "304 for the form of asctime.",
        fixed,
        (("if-modified-since", "Sun Nov  6 08:49:37 1994"),),
        304,
        optimal,
    )
    lapsed = Answer((SECOND, fixed[1]))
    of.add("generated", "A stale reply is renewed by If-Modified-Since.", Step(answer=lapsed, pause_s=LAPSE_S),
           Step(Expect.RENEWED, lapsed, sent=(("if-modified-since", "*"),)), level=optimal, needs="", rfc="9111 4.3.1")  # fmt: skip
    of.add("generated-304", "And the viewer's own condition is answered after it.", Step(answer=lapsed, pause_s=LAPSE_S),
           Step(Expect.RENEWED, lapsed, fields=(("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT"),), status=304),
           level=optimal, needs="", rfc="9111 4.3.2")  # fmt: skip
    return of.rules


def _conditional_inm() -> list[Rule]:
    of = Group("conditional-inm", "9110 13.1.2")

    def matching(
        name: str, tag: str, asked: str, status: int = 304, level: Level = Level.OPTIMAL
    ) -> None:
        fields: Pairs = (HOUR, ("etag", tag))
        says = f"`{asked}` {'fits' if status == 304 else 'does not fit'} `{tag}`."
        of.add(name, says, Step(answer=Answer(fields)),
               Step(Expect.CACHED, Answer(fields), fields=(("if-none-match", asked),), status=status),
               level=level, needs="")  # fmt: skip

    matching("strong", '"abc"', '"abc"')
    matching("weak", 'W/"abc"', 'W/"abc"')
    matching("weak-strong", '"abc"', 'W/"abc"')
    matching("strong-weak", 'W/"abc"', '"abc"')
    matching("list-first", '"abc"', '"abc", "1", "2"')
    matching("list-middle", '"abc"', '"1", "abc", "2"')
    matching("list-last", '"abc"', '"1", "2", "abc"')
    matching("star", '"abc"', "*")
    matching("comma", '"a,b"', '"a,b"')
    matching("obs-text", '"\xfc"', '"\xfc"', level=Level.OPTIONAL)
    matching("unquoted", "abc", "abc", level=Level.OPTIONAL)
    matching("quotes-added", "abc", '"abc"', level=Level.OPTIONAL)
    matching("other", '"abc"', '"abd"', 200, Level.REQUIRED)
    matching("prefix", '"abc"', '"ab"', 200, Level.REQUIRED)
    matching("case", '"abc"', '"ABC"', 200, Level.REQUIRED)
    tagged: Pairs = (HOUR, ("etag", '"abc"'), AGO, ("x-own", "1"))
    first = Step(answer=Answer(tagged))
    of.add("etag", "A 304 tells the tag.", first,
           Step(Expect.CACHED, fields=(("if-none-match", '"abc"'),), status=304, has=(("etag", '"abc"'),)),
           rfc="9110 15.4.5", needs="conditional-inm/strong")  # fmt: skip
    of.add("bodiless", "A 304 has no length but the stored reply's.", first,
           Step(Expect.CACHED, fields=(("if-none-match", '"abc"'),), status=304, text=b"", lacks=("transfer-encoding",)),
           rfc="9110 15.4.5", needs="conditional-inm/strong")  # fmt: skip
    of.add("before-date", "If-None-Match counts before If-Modified-Since.", first,
           Step(Expect.CACHED, fields=(("if-none-match", '"abc"'), ("if-modified-since", -9_000)), status=304),
           rfc="9110 13.2.2", needs="conditional-inm/strong")  # fmt: skip
    of.add("before-date-other", "Also when it does not fit.", first,
           Step(Expect.CACHED, fields=(("if-none-match", '"x"'), ("if-modified-since", 0)), status=200),
           rfc="9110 13.2.2", needs="")  # fmt: skip
    for name, tag in {"strong": '"abc"', "weak": 'W/"abc"'}.items():
        answer = Answer((SECOND, ("etag", tag)))
        of.add(f"generated-{name}", "A stale reply is renewed by If-None-Match.", Step(answer=answer, pause_s=LAPSE_S),
               Step(Expect.RENEWED, answer, sent=(("if-none-match", tag),)), level=Level.OPTIMAL, needs="", rfc="9111 4.3.1")  # fmt: skip
    varied = Answer((SECOND, ("etag", '"abc"'), ("vary", "x-a")))
    of.add("generated-vary", "With the fields that Vary lists.", Step(answer=varied, fields=(("x-a", "1"),), pause_s=LAPSE_S),
           Step(Expect.RENEWED, varied, fields=(("x-a", "1"),), sent=(("x-a", "1"),)), rfc="9111 4.3.1",
           needs="conditional-inm/generated-strong")  # fmt: skip
    changed = Answer((HOUR, ("etag", '"new"')))
    of.add("changed", "A reply of 200 replaces the stored one.",
           Step(answer=Answer((SECOND, ("etag", '"old"'))), pause_s=LAPSE_S), Step(Expect.FETCHED, changed, text=b"answer 2"),
           Step(Expect.CACHED, changed, text=b"answer 2", has=(("etag", '"new"'),)), rfc="9111 4.3.3", needs="")  # fmt: skip
    of.add("renewed-other", "A viewer's other tag gets the renewed reply whole.",
           Step(answer=Answer((SECOND, ("etag", '"abc"'))), pause_s=LAPSE_S),
           Step(Expect.ANY, Answer((SECOND, ("etag", '"abc"'))), fields=(("if-none-match", '"x"'),), status=200, text=b"answer 1"),
           rfc="9111 4.3.2", needs="conditional-inm/generated-strong")  # fmt: skip
    of.add("not-found", "A condition does not turn a stored 404 into a 304.",
           Step(answer=Answer((HOUR, ("etag", '"abc"')), 404)),
           Step(Expect.ANY, Answer((HOUR, ("etag", '"abc"')), 404), fields=(("if-none-match", '"abc"'),), status=404),
           rfc="9110 13.2.1", needs="")  # fmt: skip
    of.add("head", "HEAD is answered with 304 as well.", first,
           Step(Expect.CACHED, fields=(("if-none-match", '"abc"'),), method="HEAD", status=304), level=Level.OPTIMAL, needs="")  # fmt: skip
    of.add("match-passed", "If-Match is the origin's to judge.", Step(answer=Answer(tagged)),
           Step(Expect.ASKED, Answer((HOUR,), 412), fields=(("if-match", '"x"'),), status=412), rfc="9111 4.3.2", level=Level.OPTIONAL)  # fmt: skip
    return of.rules


_KNOWN: Pairs = (("etag", '"abc"'), ("accept-ranges", "bytes"), ("x-own", "1"))
_WHOLE = Answer((HOUR, *_KNOWN), body=TEXT, ranges=True)


def _ranged(  # noqa: PLR0913  a table's columns
    of: Group, name: str, says: str, asked: str, status: int, text: bytes | None, *,
    level: Level = Level.OPTIMAL, extra: Pairs = (), has: tuple[tuple[str, str], ...] = (), rfc: str = "9110 14.2",
) -> None:  # fmt: skip
    fields = (("range", asked), *extra)
    again = Step(Expect.CACHED, _WHOLE, fields=fields, status=status, text=text, has=has)
    of.add(name, says, Step(answer=_WHOLE), again, level=level, rfc=rfc, needs="")


def _partial() -> list[Rule]:
    of = Group("partial", "9111 3.3")
    ranged = partial(_ranged, of)
    ranged(
        "first",
        "A range is cut from a stored reply.",
        "bytes=0-1",
        206,
        b"01",
        has=(("content-range", "bytes 0-1/10"),),
    )
    ranged("middle", "From its middle.", "bytes=4-6", 206, b"456")
    ranged("open", "To its end.", "bytes=7-", 206, b"789")
    ranged("suffix", "The last bytes.", "bytes=-3", 206, b"789")
    ranged("suffix-long", "More last bytes than there are.", "bytes=-99", 206, TEXT)
    ranged(
        "beyond-end",
        "An end beyond the end.",
        "bytes=8-99",
        206,
        b"89",
        has=(("content-range", "bytes 8-9/10"),),
    )
    ranged(
        "fields",
        "With the stored fields.",
        "bytes=0-1",
        206,
        b"01",
        has=(("x-own", "1"), ("etag", '"abc"')),
        rfc="9110 15.3.7",
    )
    ranged(
        "if-range",
        "A strong If-Range that fits.",
        "bytes=0-1",
        206,
        b"01",
        extra=(("if-range", '"abc"'),),
        rfc="9110 13.1.5",
    )
    required = Level.REQUIRED
    ranged(
        "if-range-other",
        "Another gets the whole.",
        "bytes=0-1",
        200,
        TEXT,
        extra=(("if-range", '"x"'),),
        level=required,
        rfc="9110 13.1.5",
    )
    ranged(
        "if-range-weak",
        "A weak one too.",
        "bytes=0-1",
        200,
        TEXT,
        extra=(("if-range", 'W/"abc"'),),
        level=required,
        rfc="9110 13.1.5",
    )
    ranged("unit", "Another unit is left out.", "lines=0-1", 200, TEXT, level=required)
    ranged("malformed", "So is what is no range.", "bytes=4-2", 200, TEXT, level=Level.OPTIONAL)
    _partial_parts(of)
    _partial_lies(of)
    _partial_large(of)
    return of.rules


def _partial_parts(of: Group) -> None:
    whole, first = _WHOLE, Step(answer=_WHOLE)
    of.add("unsatisfiable", "A range beyond the end is 416 and tells the length.", first,
           Step(Expect.CACHED, whole, fields=(("range", "bytes=10-"),), status=416, has=(("content-range", "bytes */10"),)),
           level=Level.OPTIMAL, rfc="9110 15.5.17", needs="")  # fmt: skip
    of.rules[-1] = _without_source(of.rules[-1])
    many = ",".join(f"{n}-" for n in range(9)) + "," + ",".join(["0-"] * 200)
    of.add("amplification", "Ranges that overlap do not multiply the reply.", first,
           Step(Expect.ANY, whole, fields=(("range", f"bytes={many}"),), status=200, text=TEXT), needs="", level=Level.OPTIONAL)  # fmt: skip
    of.add("several", "Several ranges come in parts.", first,
           Step(Expect.CACHED, whole, fields=(("range", "bytes=0-1,7-8"),), status=206, has=(("content-type", "~multipart/byteranges"),)),
           level=Level.OPTIONAL, rfc="9110 14.6", needs="")  # fmt: skip
    part = Step(Expect.ANY, whole, fields=(("range", "bytes=2-5"),), status=206, text=b"2345")
    of.add("stored", "A range of what is not stored is stored.", part,
           Step(Expect.CACHED, whole, fields=(("range", "bytes=2-5"),), status=206, text=b"2345"), level=Level.OPTIMAL, needs="")  # fmt: skip
    of.add("stored-smaller", "And smaller ones are cut from it.", part,
           Step(Expect.CACHED, whole, fields=(("range", "bytes=3-4"),), status=206, text=b"34"), level=Level.OPTIMAL, needs="")  # fmt: skip
    of.add(
        "stored-not-whole",
        "A stored part is never served as the whole.",
        part,
        Step(Expect.ANY, whole, status=200, text=TEXT),
        needs="",
    )
    of.add("changed", "Parts of two versions are never joined.", part,
           Step(Expect.ANY, Answer((HOUR, ("etag", '"new"')), body=b"abcdefghij", ranges=True), status=200, text=b"abcdefghij"),
           level=Level.OPTIONAL, needs="")  # fmt: skip
    tag: Pairs = (("if-none-match", '"abc"'), ("range", "bytes=0-1"))
    of.add("condition-first", "A condition counts before a range.", first,
           Step(Expect.CACHED, whole, fields=tag, status=304), level=Level.OPTIMAL, rfc="9110 13.2.2", needs="")  # fmt: skip
    of.add("head", "HEAD has no ranges.", first, Step(Expect.ANY, whole, fields=(("range", "bytes=0-1"),), method="HEAD", status=200),
           rfc="9110 14.2", needs="")  # fmt: skip
    lapsed = Answer((SECOND, *_KNOWN), body=TEXT, ranges=True)
    of.add("renewed", "A range of a stale reply is cut after its renewal.", Step(answer=lapsed, pause_s=LAPSE_S),
           Step(Expect.ANY, lapsed, fields=(("range", "bytes=2-3"),), status=206, text=b"23"), needs="", level=Level.OPTIMAL)  # fmt: skip
    part_changed = Answer(
        (HOUR, ("etag", '"new"'), ("accept-ranges", "bytes")), body=b"abcdefghij", ranges=True
    )
    of.add("renewed-changed", "Or of the new one.", Step(answer=lapsed, pause_s=LAPSE_S),
           Step(Expect.ANY, part_changed, fields=(("range", "bytes=2-3"),), status=206, text=b"cd"),
           Step(Expect.ANY, part_changed, status=200, text=b"abcdefghij"), needs="", level=Level.OPTIMAL)  # fmt: skip
    plain = Answer((HOUR, ("etag", '"abc"')), body=TEXT)
    of.add("origin-without", "Where the origin knows no ranges, its 200 will do.",
           Step(Expect.ANY, plain, fields=(("range", "bytes=2-5"),)), Step(Expect.ANY, plain, status=200, text=TEXT), needs="")  # fmt: skip


def _partial_lies(of: Group) -> None:
    """A 206 that does not fit what was asked for, or itself, is used for nothing else."""
    good = Answer((HOUR, ("etag", '"abc"')), body=TEXT)
    for name, fields in {
        "other-bytes": (("content-range", "bytes 4-9/10"),),
        "no-place": (),
        "too-short": (("content-range", "bytes 2-9/10"),),
        "too-long": (("content-range", "bytes 2-3/10"),),
        "beyond": (("content-range", "bytes 8-13/10"),),
        "garbage": (("content-range", "bytes two to seven"),),
        "unknown-length": (("content-range", "bytes 2-7/*"),),
        "two-places": (("content-range", "bytes 2-7/10"), ("content-range", "bytes 0-5/10")),
    }.items():
        odd = Answer((HOUR, ("etag", '"abc"'), *fields), 206, b"234567", plain=TEXT)
        of.add(f"odd-{name}", "A 206 that is odd spoils nothing.", Step(answer=odd, fields=(("range", "bytes=2-7"),)),
               Step(Expect.ANY, good, status=200, text=TEXT),
               Step(Expect.ANY, good, fields=(("range", "bytes=0-3"),), text=(b"0123", TEXT)), needs="")  # fmt: skip
    alone = Answer((HOUR, ("content-range", "bytes 2-5/10")), 206, body=b"2345")
    of.add(
        "unasked",
        "Nor does one that nobody asked for.",
        Step(answer=alone),
        Step(Expect.FETCHED, good, text=TEXT),
        needs="",
    )


_LARGE = b"".join(b"%09d\n" % n for n in range(250_000))


def _partial_large(of: Group) -> None:
    fields: Pairs = (HOUR, ("etag", '"abc"'), ("accept-ranges", "bytes"))
    large = Answer(fields, body=_LARGE, ranges=True)
    size = len(_LARGE)

    def part(asked: str, first: int, end: int, answer: Answer = large) -> Step:
        body = answer.body or b""
        return Step(Expect.ANY, answer, fields=(("range", f"bytes={asked}"),), status=206, text=body[first:end],
                    has=(("content-range", f"bytes {first}-{end - 1}/{size}"),))  # fmt: skip

    whole = Step(Expect.ANY, large, status=200, text=_LARGE)
    last, some = part("-7", size - 7, size), part("1048570-1048589", 1_048_570, 1_048_590)
    of.add(
        "large-first",
        "One byte of a large object, then all of it.",
        part("0-0", 0, 1),
        whole,
        part("1-1", 1, 2),
        needs="",
    )
    of.add("large-last", "Its last bytes, then others.", last, some, last, whole, needs="")
    of.add("large-middle", "Bytes in its middle, then more around them.", some,
           part("1000000-2200000", 1_000_000, 2_200_001), part("2097152-", 2_097_152, size), needs="")  # fmt: skip
    of.add("large-condition", "Its parts fit a strong condition.", some,
           Step(Expect.ANY, large, fields=(("range", "bytes=5-6"), ("if-range", '"abc"')), status=206, text=_LARGE[5:7]), needs="")  # fmt: skip
    turned = _LARGE[::-1]
    new = Answer((HOUR, ("etag", '"new"'), *fields[2:]), body=turned, ranges=True)
    old_bytes, new_bytes = _LARGE[1_000_000:1_100_001], turned[1_000_000:1_100_001]
    asked = (("range", "bytes=1000000-1100000"),)
    of.add("large-changed", "Parts of two versions do not meet in one reply.", part("0-0", 0, 1),
           Step(Expect.ANY, new, fields=asked, text=(old_bytes, new_bytes, b"")),
           Step(Expect.ANY, new, fields=asked, text=(old_bytes, new_bytes), status=206), needs="")  # fmt: skip
    of.add("large-unsatisfiable", "What begins beyond its end is 416.", part("0-0", 0, 1),
           Step(Expect.ANY, large, fields=(("range", f"bytes={size}-"),), status=416), needs="")  # fmt: skip


def _without_source(rule: Rule) -> Rule:
    """A 416 carries nothing of the stored reply: only that the origin was not asked can be seen."""
    *before, last = rule.steps
    quiet = Step(Expect.QUIET, last.answer, last.fields, status=last.status, has=last.has)
    return Rule(rule.name, rule.says, rule.rfc, (*before, quiet), rule.level, rule.needs)


def _cc_request() -> list[Rule]:
    of = Group("cc-request", "9111 5.2.1")
    hour, second = Answer((HOUR,)), Answer((SECOND,))

    def wish(
        name: str,
        says: str,
        value: str,
        expect: Expect,
        stored: Answer = hour,
        pause_s: float = 0.0,
    ) -> None:
        of.add(name, says, Step(answer=stored, pause_s=pause_s),
               Step(expect, stored, fields=(("cache-control", value),)), level=Level.OPTIONAL)  # fmt: skip

    asked, cached = Expect.ASKED, Expect.CACHED
    wish("no-cache", "no-cache asks anew.", "no-cache", asked)
    wish("max-age-0", "max-age=0 asks anew.", "max-age=0", asked, pause_s=1.1)
    wish("max-age", "max-age bounds the age.", "max-age=1", asked, pause_s=LAPSE_S)
    wish("max-age-enough", "And no more.", "max-age=600", cached)
    wish("min-fresh", "min-fresh wants some lifetime left.", "min-fresh=7200", asked)
    wish("min-fresh-enough", "And no more.", "min-fresh=60", cached)
    wish("max-stale", "max-stale takes a stale reply.", "max-stale=60", cached, second, LAPSE_S)
    wish("max-stale-any", "However stale.", "max-stale", cached, second, LAPSE_S)
    wish("max-stale-over", "Within its bound.", "max-stale=0", asked, second, LAPSE_S)
    wish("only-if-cached", "only-if-cached takes what is stored.", "only-if-cached", cached)
    of.add(
        "only-if-cached-none",
        "Or a 504.",
        Step(Expect.ANY, hour, fields=(control("only-if-cached"),), status=504),
        level=Level.OPTIONAL,
        needs="",
    )
    of.add(
        "no-store",
        "no-store keeps nothing.",
        Step(answer=hour, fields=(control("no-store"),)),
        Step(asked, hour),
        level=Level.OPTIONAL,
    )
    return of.rules


CHOOSING = [
    *_vary(),
    *_vary_parse(),
    *_conditional_lm(),
    *_conditional_inm(),
    *_partial(),
    *_cc_request(),
]
