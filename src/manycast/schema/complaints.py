"""What is wrong with a field of a request, in words for whoever filled in a form."""

import re
from collections.abc import Mapping
from typing import Any

from manycast.schema import accounts, channels, destinations, notices, sign_on


_FORMS = {
    accounts.USER_NAME: "Use letters, digits and . _ - @ + only, with a letter or a digit first.",
    accounts.EMAIL: "This is no e-mail address.",
    notices.ADDRESS: "This is no e-mail address.",
    notices.HOST: "Give a host's name or its address, and nothing else.",
    notices.CLOCK: "Give a time such as 22:00.",
    channels.CHANNEL_NAME: "Use small letters, digits, - and _ only, with a letter or a digit first.",
    destinations.KEY: "A key holds no spaces and nothing but plain letters, digits and signs: copy it again.",
    destinations.RENDITION: "Give the name of a rendition, such as source or 720p.",
    sign_on.ISSUER: "Give an address such as https://accounts.example.org.",
    sign_on.DOMAIN: "Give a domain such as example.org.",
}
"""Of what must match a pattern: what nobody should have to read from the pattern."""
_WORDS = {
    "missing": "This is needed.",
    "extra_forbidden": "There is no field of this name.",
    "string_too_short": "Use at least {min_length} characters.",
    "string_too_long": "Use at most {max_length} characters.",
    "string_pattern_mismatch": "This must match {pattern}.",
    "greater_than_equal": "Use {ge} or more.",
    "less_than_equal": "Use {le} or less.",
    "too_short": "Choose at least {min_length}.",
    "too_long": "Choose at most {max_length}.",
    "literal_error": "Choose one of {expected}.",
    "enum": "Choose one of {expected}.",
}
_EMPTY = "Fill this in."
_MEMBER = re.compile(r"<\w+\.\w+: ('[^']*')>")
"""How pydantic writes a member of an enumeration; its value is what a request holds."""
_OURS = "Value error, "
"""What pydantic puts before the words of our own checks."""


def complaint(error: Mapping[str, Any]) -> str:
    """Of one of pydantic's errors; one that has no words here keeps pydantic's."""
    kind, about = error["type"], error.get("ctx", {})
    if kind == "string_too_short" and error.get("input") == "":
        return _EMPTY
    if kind == "string_pattern_mismatch" and about["pattern"] in _FORMS:
        return _FORMS[about["pattern"]]
    if kind in _WORDS:
        return _MEMBER.sub(r"\1", _WORDS[kind].format(**about))
    said: str = error["msg"]
    return said.removeprefix(_OURS)
