import pytest
from pydantic import TypeAdapter, ValidationError

from manycast.schema.notices import NewRule, NewTarget, QuietHours


ANY: TypeAdapter[object] = TypeAdapter(NewTarget)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "https://example.org:8443/hooks?token=a%20b",
        "http://[2001:db8::1]:80/",
        "https://192.0.2.1/x",
    ],
)
def test_a_hook_has_an_address(url: str) -> None:
    assert ANY.validate_python({"kind": "webhook", "name": "n", "url": url})


@pytest.mark.parametrize(
    "url",
    [
        "https://user:password@example.org/",
        "ftp://example.org/",
        "https://example.org/a b",
        "https://example.org/\r\nX-Evil: 1",
        "//example.org",
        "https://exämple.org/",
    ],
)
def test_what_is_no_plain_address_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        ANY.validate_python({"kind": "webhook", "name": "n", "url": url})


@pytest.mark.parametrize("address", ["a@b, c@d", "a@b\nBcc: c@d", "<a@b>", "a b@c", "a@b\x00"])
def test_a_recipient_is_one_address_and_nothing_else(address: str) -> None:
    with pytest.raises(ValidationError):
        ANY.validate_python({"kind": "email", "name": "n", "recipients": [address]})


def test_a_rule_says_what_it_is_for() -> None:
    with pytest.raises(ValidationError):
        NewRule.model_validate({"name": "n", "kinds": []})


@pytest.mark.parametrize("clock", ["24:00", "7:00", "07:60", "noon"])
def test_quiet_hours_are_clock_times(clock: str) -> None:
    with pytest.raises(ValidationError):
        QuietHours.model_validate({"zone": "UTC", "begins": "22:00", "ends": clock})
