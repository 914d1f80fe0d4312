from manycast.model.destinations import Platform
from manycast.platforms.kick.dialect import dialect
from manycast.platforms.values import App


def test_a_renewal_is_asked_for_where_tokens_are_had() -> None:
    wanted = dialect("https://id.example", lambda: 0)
    assert wanted.platform is Platform.KICK
    call = wanted.renew(App("id", "secret"), "refresh")
    assert call.request.url.startswith("https://id.example/")
    assert call.request.form is not None
    assert call.request.form["refresh_token"] == "refresh"
