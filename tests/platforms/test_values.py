from manycast.platforms.values import App, Flow, Ingest, Prompt, Tokens


def test_nothing_secret_is_ever_shown() -> None:
    secret = "s3cr3t"
    values = [
        App("id", secret),
        Tokens(access=secret, refresh=secret),
        Ingest(url="rtmps://there/app", key=secret),
        Flow(prompt=Prompt(url="https://there", expires_ms=1), secret=secret, state=secret),
    ]
    assert not [value for value in values if secret in repr(value)]
