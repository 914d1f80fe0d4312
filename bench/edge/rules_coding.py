"""Rules on what a cache that compresses by itself must not break (RFC 9110 section 7.7)."""

import gzip

from bench.edge.rules_lifetimes import HOUR, control
from bench.edge.rules_model import Answer, Expect, Group, Level, Pairs, Rule, Step
from bench.edge.rules_wire import Got, first, joined


PAGE = b"<p>" + b"".join(b"%d bottles of beer on the wall. " % n for n in range(2_000))
TAG = '"page"'
_GZIP: Pairs = (("accept-encoding", "gzip"),)
_LOOKS = 3
"""Requests before a judgement, since what is asked for again is what is worth compressing."""
_LOOK_S = 0.4


def _page(*more: tuple[str, str]) -> Answer:
    fields: Pairs = (("content-type", "text/html"), ("etag", TAG), ("accept-ranges", "bytes"))
    return Answer((*(more or (HOUR,)), *fields), body=PAGE, ranges=True)


def _encoded(got: Got) -> bool:
    return first(got.fields, "content-encoding") is not None


def _decodes(got: Got) -> str:
    body = gzip.decompress(got.body) if _encoded(got) else got.body
    return "" if body == PAGE else "another body than the origin's"


def _varies(got: Got) -> str:
    named = "accept-encoding" in (joined(got.fields, "vary") or "").lower()
    return "encoded, but Vary does not say so" if _encoded(got) and not named else ""


def _tagged_apart(got: Got) -> str:
    same = first(got.fields, "etag") == TAG
    return "encoded under the strong tag of the plain bytes" if _encoded(got) and same else ""


def _part_is_plain(got: Got) -> str:
    if _encoded(got) and got.status == 206:
        return "a part of encoded bytes, where the origin's are plain"
    return "" if got.body == PAGE[:10] or got.status == 200 else "other bytes"


def _coding() -> list[Rule]:
    of = Group("coding", "9110 7.7")
    page = _page()
    looks = tuple(Step(answer=page, fields=_GZIP, pause_s=_LOOK_S) for _ in range(_LOOKS))

    def judged(name: str, says: str, rfc: str, last: Step) -> None:
        of.add(name, says, *looks, last, rfc=rfc, needs="")

    asked = Step(Expect.CACHED, page, fields=_GZIP)
    judged(
        "decodes",
        "What is encoded is the origin's body.",
        "9110 8.4",
        Step(answer=page, fields=_GZIP, check=_decodes),
    )
    judged(
        "vary",
        "An encoded reply says that it varies.",
        "9110 12.5.5",
        Step(answer=page, fields=_GZIP, check=_varies),
    )
    judged(
        "tag",
        "It has no strong tag of other bytes.",
        "9110 8.8.3.3",
        Step(answer=page, fields=_GZIP, check=_tagged_apart),
    )
    judged(
        "plain",
        "Who accepts no coding gets none.",
        "9110 12.5.3",
        Step(answer=page, text=PAGE, lacks=("content-encoding",)),
    )
    judged("refused", "Nor who refuses it.", "9110 12.5.3",
           Step(answer=page, fields=(("accept-encoding", "gzip;q=0, identity"),), text=PAGE, lacks=("content-encoding",)))  # fmt: skip
    judged(
        "part",
        "A range is of the origin's bytes.",
        "9110 14.2",
        Step(answer=page, fields=(*_GZIP, ("range", "bytes=0-9")), check=_part_is_plain),
    )
    judged("condition", "The plain copy's tag still fits.", "9110 13.1.2",
           Step(answer=page, fields=(*_GZIP, ("if-none-match", TAG)), status=304, text=b""))  # fmt: skip
    fixed = _page(control("max-age=3600, no-transform"))
    kept = tuple(Step(answer=fixed, fields=_GZIP, pause_s=_LOOK_S) for _ in range(_LOOKS))
    of.add("no-transform", "no-transform is sent as it came.", *kept,
           Step(answer=fixed, fields=_GZIP, text=PAGE, lacks=("content-encoding",)), rfc="9111 5.2.2.6", needs="")  # fmt: skip
    of.add("used", "Text is compressed for who accepts it.", *looks, Step(Expect.CACHED, page, fields=_GZIP, has=(("content-encoding", "gzip"),)),
           level=Level.OPTIONAL, needs="")  # fmt: skip
    of.add("kept", "It stays a stored reply.", *looks, asked, level=Level.OPTIMAL, needs="")
    return of.rules


CODING = _coding()
