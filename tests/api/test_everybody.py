"""Every role asks every endpoint: who may ask for what stands here once more, in plain words, on purpose."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.api.asking import Room, control_room
from tests.api.browser import Browser, enter
from tests.runtime.store.people import api_key
from tests.runtime.store.sending import account

from manycast.api.app import routed
from manycast.control.permissions import NODE, Action, Role
from manycast.model.fleet import RecordingReport
from manycast.runtime.store import broadcasts, channels
from manycast.runtime.store.tables.broadcasts import Recording
from manycast.runtime.store.tables.channels import ChannelMember


ANYBODY = """
    accept_invitation log_in look_up_invitation read_entrance read_health read_readiness set_up
    sign_on return_from_sign_on return_from_platform
    take_kick_webhook
"""
LEAST = {
    Role.VIEWER: """
        change_email change_password confirm_second_factor create_api_key delete_api_key end_other_sessions
        end_session list_api_keys list_sessions log_out offer_second_factor read_session
        remove_second_factor replace_recovery_codes list_identities unlink_identity
        follow_events list_broadcasts list_channels list_recordings list_streams
        read_broadcast read_channel read_channel_addresses read_recording read_recording_file read_site
        read_stream read_system read_obs_multitrack
    """,
    Role.BROADCASTER: """
        change_broadcast change_channel create_stream_key delete_recording delete_srt_passphrase
        delete_stream_key disconnect_publisher list_stream_keys rotate_srt_passphrase rotate_stream_key
        list_platforms list_destinations create_destination read_destination change_destination
        delete_destination start_destination stop_destination start_destinations stop_destinations
        list_platform_accounts disconnect_platform_account find_categories connect_platform_account
        finish_platform_account read_listing set_listing read_chat say_in_chat
    """,
    Role.OPERATOR: """
        add_channel_member create_channel create_rule create_target delete_channel delete_rule
        delete_target list_channel_members list_deliveries list_invitations list_notice_kinds list_rules
        list_targets list_users read_delivery read_effective_settings read_fleet read_mail_server read_metrics
        read_rule read_target read_user remove_channel_member retry_delivery rotate_target_secret
        test_target update_rule update_target read_sign_on list_platform_apps
    """,
    Role.ADMIN: """
        change_site change_user create_invitation delete_user list_audit reset_password set_mail_server
        withdraw_invitation set_sign_on remove_sign_on try_sign_on end_user_sessions set_platform_app remove_platform_app
    """,
}
NODES = "admit_publisher report_node"
ENDLESS = "follow_events"
"""Its reply never ends for whoever may hear it, so only refusals are asked for."""

ALL = list(Role)
OPERATIONS = [
    (operation["operationId"], method.upper(), path)
    for path, item in routed().openapi()["paths"].items()
    for method, operation in item.items()
]
each_operation = pytest.mark.parametrize(
    ("name", "method", "path"), OPERATIONS, ids=[name for name, _, _ in OPERATIONS]
)


def least(name: str) -> Role | None:
    """The first role that may ask for it; None: a node alone."""
    return next((role for role in ALL if name in LEAST[role].split()), None)


def filled(path: str) -> str:
    """With names of things that do not exist, but could."""
    return re.sub(r"{(\w+)}", lambda found: EXAMPLES.get(found[1], "aaa_0000000000000000"), path)


EXAMPLES = {
    "channel": "nothing",
    "name": "index.m3u8",
    "platform": "kick",
    "flow_id": "f" * 20,
    "destination_id": "dst_0000000000000000",
}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """One for all: everybody who asks is somebody new."""
    with control_room(Path(tmp_path_factory.mktemp("room"))) as room:
        yield room


def test_every_operation_is_in_the_table() -> None:
    words = " ".join([ANYBODY, NODES, *LEAST.values()]).split()
    assert len(words) == len(set(words))
    assert {name for name, _, _ in OPERATIONS} == set(words)


@each_operation
def test_strangers(room: Room, name: str, method: str, path: str) -> None:
    room.become(None)
    reply = Browser(room).client.request(method, filled(path))
    if name in ANYBODY.split():
        assert reply.status_code not in {401, 403} or reply.json()["type"].endswith("wrong-code")
    else:
        assert reply.status_code == 401


@pytest.mark.parametrize("role", ALL)
@each_operation
def test_people(room: Room, role: Role, name: str, method: str, path: str) -> None:
    browser, _ = enter(room, f"{role}-{name}".replace("_", "-"), role)
    needed = least(name)
    may = name in ANYBODY.split() or (needed is not None and ALL.index(role) >= ALL.index(needed))
    if may and name == ENDLESS:
        return
    headers = {"X-CSRF-Token": browser.token, "If-Match": "*"}
    reply = browser.client.request(method, filled(path), headers=headers)
    if may:
        assert reply.status_code not in {401, 403}, reply.text
    else:
        assert reply.status_code == 403
        assert reply.json()["type"] == "urn:manycast:problem:forbidden"


@each_operation
def test_nodes(room: Room, name: str, method: str, path: str) -> None:
    room.become(NODE)
    reply = room.ask.request(method, filled(path), headers={"If-Match": "*"})
    if name in f"{ANYBODY} {NODES} read_session".split():
        assert reply.status_code not in {401, 403} or name == "read_session"
    else:
        assert reply.status_code == 403


@each_operation
def test_a_key_without_the_scope_opens_nothing(
    room: Room, name: str, method: str, path: str
) -> None:
    """Not even to an administrator's program; and no key opens its owner's account."""
    _, admin = enter(room, f"key-{name}".replace("_", "-"), Role.ADMIN)
    with room.context.store.record() as db:
        api_key(db, admin, f"mck_{name}", Action.USERS_READ)
    headers = {"Authorization": f"Bearer mck_{name}", "If-Match": "*"}
    reply = Browser(room).client.request(method, filled(path), headers=headers)
    users_read = {"list_users", "read_user", "list_invitations", "read_session"}
    if name in ANYBODY.split() or name in users_read:
        assert reply.status_code not in {401, 403}
    else:
        assert reply.status_code == 403


def test_nobody_reaches_into_channels_of_others(tmp_path: Path) -> None:
    with control_room(tmp_path) as room:
        for name in ("mine", "theirs"):
            assert room.ask.post("/api/v1/channels", json={"name": name}).status_code == 201
        key = room.ask.get("/api/v1/channels/theirs/keys").json()["items"][0]["id"]
        mine = room.ask.get("/api/v1/channels/mine").json()["id"]
        place = {"name": "elsewhere", "url": "rtmp://there.example/app"}
        made = room.ask.post("/api/v1/channels/theirs/destinations", json=place)
        destination = made.json()["id"]
        take = RecordingReport(
            channel="theirs",
            take="t",
            started_ms=10,
            duration_ms=10,
            size_bytes=1,
            files=("video-0.mp4",),
            complete=True,
        )
        with room.context.store.record() as db:
            broadcast = broadcasts.begin(db, "theirs", 5, "origin@here")
            broadcasts.note_recordings(db, "origin@here", [take])
            db.flush()
            recording = db.query(Recording).one().id
        browser, user = enter(room, "bob", Role.BROADCASTER)
        with room.context.store.record() as db:
            db.add(ChannelMember(channel_id=mine, user_id=user.id, created_ms=0))
        assert browser.get("/channels/mine").status_code == 200
        names = {
            "channel": "theirs",
            "key_id": key,
            "broadcast_id": broadcast.id,
            "recording_id": recording,
            "name": "index.m3u8",
            "destination_id": destination,
            "account_id": connected(room, "theirs"),
            "platform": "twitch",
            "flow_id": "f" * 20,
        }
        asked = 0
        for name, method, path in OPERATIONS:
            wanted = set(re.findall(r"{(\w+)}", path))
            if wanted and wanted <= names.keys():
                asked += 1
                place = path.format_map(names).removeprefix("/api/v1") + QUERIES.get(name, "")
                reply = browser.ask(method, place, BODIES.get(name, {}))
                assert reply.status_code in {403, 404}, (name, reply.text)
        assert asked > 12


BODIES = {
    "create_stream_key": {"name": "more"},
    "create_destination": {"name": "more", "url": "rtmp://there.example/app"},
    "say_in_chat": {"text": "hello"},
}
QUERIES = {"find_categories": "?platform=twitch"}


def connected(room: Room, channel: str) -> str:
    """The id of an account."""
    with room.context.store.record() as db:
        owner = channels.by_name(db, channel)
        assert owner is not None
        row = account(owner)
        db.add(row)
    return row.id


def test_what_somebody_lists_is_theirs(tmp_path: Path) -> None:
    with control_room(tmp_path) as room:
        for name in ("mine", "theirs"):
            room.ask.post("/api/v1/channels", json={"name": name})
            with room.context.store.record() as db:
                broadcasts.begin(db, name, 5, "origin@here")
        mine = room.ask.get("/api/v1/channels/mine").json()["id"]
        browser, user = enter(room, "bob", Role.VIEWER)
        assert browser.get("/broadcasts").json()["items"] == []
        with room.context.store.record() as db:
            db.add(ChannelMember(channel_id=mine, user_id=user.id, created_ms=0))
        for place in ("/broadcasts", "/channels", "/recordings"):
            text = browser.get(place).text
            assert "theirs" not in text
        found = browser.get("/broadcasts").json()["items"]
        assert [one["channel"] for one in found] == ["mine"]
