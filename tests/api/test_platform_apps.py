from tests.api.asking import Room

from manycast.model.destinations import Platform
from manycast.runtime.platforms.stored import StoredVault


PATH = "/api/v1/settings/platforms"
APP = {"client_id": "our-client", "client_secret": "our-app-secret"}
ALWAYS = {"If-Match": "*"}


def test_secrets_are_kept_and_never_shown(room: Room) -> None:
    made = room.ask.put(f"{PATH}/kick", json=APP, headers={"If-Match": '"0"'})
    assert made.json()["has_secret"]
    assert "our-app-secret" not in made.text + room.ask.get(PATH).text
    app = StoredVault(room.context.store).app(Platform.KICK)
    assert app is not None
    assert (app.client_id, app.secret) == ("our-client", "our-app-secret")


def test_a_secret_stays_with_its_app(room: Room) -> None:
    room.ask.put(f"{PATH}/kick", json=APP, headers=ALWAYS)
    same = room.ask.put(f"{PATH}/kick", json={"client_id": "our-client"}, headers=ALWAYS)
    assert same.json()["has_secret"]
    other = room.ask.put(f"{PATH}/kick", json={"client_id": "another"}, headers=ALWAYS)
    assert not other.json()["has_secret"]


def test_what_is_to_be_entered_at_the_platform_is_shown(room: Room) -> None:
    reached = {**APP, "public_url": "https://live.example.org"}
    made = room.ask.put(f"{PATH}/kick", json=reached, headers=ALWAYS).json()
    assert made["webhook_url"] == "https://live.example.org/api/v1/webhooks/kick"
    apps = {one["platform"]: one for one in room.ask.get(PATH).json()["items"]}
    assert set(apps) == {"twitch", "youtube", "kick"}
    assert apps["twitch"]["webhook_url"] is None
    assert apps["twitch"]["redirect_uri"].endswith("/api/v1/platforms/return")
    assert apps["twitch"]["version"] == 0


def test_an_app_is_removed_once(room: Room) -> None:
    room.ask.put(f"{PATH}/twitch", json={"client_id": "x"}, headers=ALWAYS)
    assert room.ask.delete(f"{PATH}/twitch").status_code == 204
    assert room.ask.delete(f"{PATH}/twitch").status_code == 404


def test_only_an_address_that_a_platform_may_call_is_public(room: Room) -> None:
    for url in ("http://plain.example", "https://u:p@x.example", "https://x.example/?a=b"):
        body = {**APP, "public_url": url}
        assert room.ask.put(f"{PATH}/kick", json=body, headers=ALWAYS).status_code == 422
