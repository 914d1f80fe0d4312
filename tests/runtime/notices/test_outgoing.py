from tests.runtime.notices.receivers import outgoing


def test_secrets_are_in_no_representation() -> None:
    text = repr(outgoing(url="https://example.org/hidden", secrets=("whsec_hidden",)))
    assert "hidden" not in text
