"""HTTP dates in their three forms (RFC 9110 section 5.6.7)."""

import re
from datetime import UTC, datetime


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})"
_FORMS = tuple(
    re.compile(form, re.ASCII)
    for form in (
        rf"(?:mon|tue|wed|thu|fri|sat|sun), (?P<day>\d\d) {_MONTH} (?P<year>\d{{4}}) {_CLOCK} gmt",
        rf"(?:mon|tues|wednes|thurs|fri|satur|sun)day, (?P<day>\d\d)-{_MONTH}-(?P<year>\d\d) {_CLOCK} gmt",
        rf"(?:mon|tue|wed|thu|fri|sat|sun) {_MONTH} (?P<day>[ \d]\d) {_CLOCK} (?P<year>\d{{4}})",
    )
)
_PIVOT = 70
"""Two-digit years below it are of this century: no server that writes this form is from 2070."""


def seconds(value: bytes) -> int | None:
    """Seconds since 1970, or None for what is no HTTP date; caches ignore case (RFC 9111 section 4.2)."""
    text = value.decode("latin-1").strip(" \t").lower()
    found = next(filter(None, (form.fullmatch(text) for form in _FORMS)), None)
    if found is None:
        return None
    year, second = int(found["year"]), int(found["second"])
    if len(found["year"]) == 2:
        year += 2000 if year < _PIVOT else 1900
    day = (year, _MONTHS.index(found["month"]) + 1, int(found["day"]))
    leap = second == 60
    try:
        at = datetime(*day, int(found["hour"]), int(found["minute"]), second - leap, tzinfo=UTC)
    except ValueError:
        return None
    return int(at.timestamp()) + leap
