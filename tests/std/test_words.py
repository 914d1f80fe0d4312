from hypothesis import given, strategies as st

from manycast.std.words import plain, without


@given(st.text(st.characters(codec=None)), st.integers(1, 50))
def test_what_is_plain_can_be_sent_on_and_stays_on_its_line(text: str, limit: int) -> None:
    shown = plain(text, limit)
    assert len(shown) <= limit
    assert shown.encode().decode() == shown
    assert len(shown.splitlines()) <= 1
    assert not set("\u202e\u2066\x00\x1b\ud800") & set(shown)


def test_emoji_and_other_scripts_stay_as_they_are() -> None:
    for text in (
        "\U0001f469\u200d\U0001f4bb",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "Grüße",
    ):
        assert plain(text, 20) == text


def test_a_secret_is_left_out_however_it_is_written() -> None:
    said = "no live_12 34 in rtmp://x/live_12%2034"
    assert without("live_12 34", said) == "no … in rtmp://x/…"
    assert without("live", said) == said
    assert without("", said) == said
