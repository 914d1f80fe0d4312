"""One busy day with every secret there is; then they are looked for wherever they must not be."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from pyotp import TOTP
from tests.api.asking import Room, control_room
from tests.api.browser import PASSWORD, Browser, set_up

from manycast.api.app import ROUTERS, routed
from manycast.runtime.accounts import setup_code
from manycast.settings.guard import GuardSettings
from manycast.settings.state import StateSettings
from manycast.settings.tree import Settings


ADMIN_TOKEN = "an-admin-token-of-the-edge"
DATABASE_PASSWORD = "the-password-of-the-database"
FLEET_TOKEN = "the-token-of-the-whole-fleet"
CLIENT_SECRET, MAIL_PASSWORD = "the-secret-of-the-provider", "the-password-of-the-mail"
HOOK = "https://hooks.example.org/services/very-secret-path"
ENDLESS = {"follow_events"}
"""A stream of events: what it says is in the lists as well."""
NAMES_OF_SECRETS = re.compile(r"password|secret|token|passphrase|key$|^code$|credential")
OF_THE_PROVIDER = {("return_from_sign_on", "code"), ("return_from_platform", "code")}
"""OpenID Connect and Kick send their code this way; it is good once, for a minute, with our secret and the verifier."""


@dataclass
class Day:
    room: Room
    admin: Browser
    secrets: dict[str, str] = field(default_factory=dict)
    replies: list[str] = field(default_factory=list)
    """Of everything that was asked after the secrets had been shown once."""
    log: str = ""
    ids: dict[str, str] = field(default_factory=dict)


def settings() -> Settings:
    return Settings(guard=GuardSettings(admin_token=ADMIN_TOKEN), state=StateSettings())


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    heard = _Ear()
    logging.getLogger().addHandler(heard)
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.DEBUG)
    try:
        with control_room(tmp_path_factory.mktemp("day"), settings()) as room:
            room.app.state.context = replace(room.context, fleet_token=FLEET_TOKEN)
            day = _live(room)
            _ask_everything(day)
            day.log = "\n".join(heard.lines)
            yield day
    finally:
        logging.getLogger().removeHandler(heard)
        logging.getLogger().setLevel(level)


class _Ear(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(logging.Formatter().format(record))


def _live(room: Room) -> Day:
    code = setup_code.ensure(room.context.directory)
    day = Day(room, set_up(room))
    keep, admin = day.secrets, day.admin
    keep |= {"password": PASSWORD, "set-up code": code, "fleet token": FLEET_TOKEN}
    keep |= {"client secret": CLIENT_SECRET, "mail password": MAIL_PASSWORD, "hook": HOOK}
    keep |= {"admin token of the edge": ADMIN_TOKEN}
    body = {"name": "k", "scopes": ["live:read"]}
    keep["API key"] = admin.ask("POST", "/api-keys", body, **{"Idempotency-Key": "1"}).json()[
        "secret"
    ]
    made = admin.post("/channels", {"name": "live"}).json()
    keep["stream key"] = made["key"]["secret"]
    keep["SRT passphrase"] = admin.post("/channels/live/srt", {}).json()["passphrase"]
    invitation = admin.post("/invitations", {"role": "viewer"}).json()
    keep["invitation"] = invitation["token"]
    me = admin.get("/session").json()["user"]["id"]
    keep["reset"] = admin.post(f"/users/{me}/reset", {}).json()["token"]
    day.ids = {"user_id": me, "channel": "live", "key_id": made["key"]["key"]["id"]}
    _set_up_others(day)
    _use_second_factor(day)
    keep["session"] = admin.client.cookies["manycast_session"]
    return day


def _set_up_others(day: Day) -> None:
    admin = day.admin
    provider = {"name": "P", "issuer": "https://id.example.org", "client_id": "c"}
    reply = admin.ask("PUT", "/settings/sign-on", {**provider, "client_secret": CLIENT_SECRET})
    assert reply.status_code == 200, reply.text
    mail = {"host": "mail.example.org", "username": "u", "sender": "a@example.org"}
    reply = admin.ask("PUT", "/settings/mail", {**mail, "password": MAIL_PASSWORD})
    assert reply.status_code == 200, reply.text
    hook = admin.post("/targets", {"kind": "webhook", "name": "hook", "url": HOOK})
    assert hook.status_code == 201, hook.text
    day.secrets["webhook secret"] = hook.json()["secret"]
    day.ids["target_id"] = hook.json()["id"]


def _use_second_factor(day: Day) -> None:
    admin, now_s = day.admin, day.room.context.now_ms() // 1000
    offer = admin.post("/account/second-factor", {"password": PASSWORD}).json()
    body = {"code": TOTP(offer["secret"]).at(now_s - 30)}
    codes = admin.post("/account/second-factor/confirmation", body).json()["codes"]
    day.secrets |= {"TOTP secret": offer["secret"], "recovery code": codes[0]}
    wrong = Browser(day.room)
    wrong.log_in("ann", "a wrong password that somebody typed")
    wrong.log_in("a password typed as the name", PASSWORD)
    wrong.log_in("ann", PASSWORD, "000000")
    day.secrets["wrong password"] = "a wrong password that somebody typed"
    day.secrets["wrong name"] = "a password typed as the name"


def _ask_everything(day: Day) -> None:
    """Every GET there is, and refusals of everything else."""
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute) and route.operation_id not in ENDLESS:
                path = re.sub(r"{(\w+)}", lambda m: day.ids.get(m[1], "nothing"), route.path)
                method = min(route.methods)
                body = None if method == "GET" else {"password": PASSWORD, "nonsense": True}
                reply = Browser(day.room).ask(method, path, body)
                day.replies.append(f"{method} {path}\n{reply.headers}\n{reply.text}")
                if method == "GET":
                    reply = day.admin.get(path)
                    day.replies.append(f"{method} {path}\n{reply.headers}\n{reply.text}")


def test_enough_was_asked_for_the_rest_to_mean_something(day: Day) -> None:
    assert len(day.replies) > 60
    assert sum("200" not in reply and '"items"' in reply for reply in day.replies) > 5
    assert "log-in" in day.log
    assert all(len(secret) > 5 for secret in day.secrets.values())


def test_no_reply_holds_a_secret(day: Day) -> None:
    found = {
        (name, reply.split("\n", 1)[0])
        for reply in day.replies
        for name, secret in day.secrets.items()
        if secret in reply
    }
    assert not found


def test_no_log_holds_a_secret(day: Day) -> None:
    assert not {name for name, secret in day.secrets.items() if secret in day.log}


def test_no_file_holds_a_secret_that_should_be_sealed_or_hashed(day: Day) -> None:
    """What opens the machine itself lies in files of its own, for its owner only."""
    own = {"setup-code", "fleet.token", "secret.key", "channels.json"}
    files = [path for path in day.room.context.directory.iterdir() if path.is_file()]
    assert any(path.name == "manycast.db" for path in files)
    for path in files:
        assert path.stat().st_mode & 0o077 == 0, path
        if path.name not in own:
            held = path.read_bytes()
            assert not {n for n, secret in day.secrets.items() if secret.encode() in held}, path


def test_no_address_has_room_for_a_secret() -> None:
    found = {
        (operation["operationId"], parameter["name"])
        for path in routed().openapi()["paths"].values()
        for operation in path.values()
        for parameter in operation.get("parameters", [])
        if parameter["in"] in {"query", "path"} and NAMES_OF_SECRETS.search(parameter["name"])
    }
    assert found == OF_THE_PROVIDER


def test_settings_are_shown_without_what_is_secret_in_them(tmp_path: Path) -> None:
    with control_room(tmp_path, settings()) as room:
        shown = replace(
            settings(), state=StateSettings(url=f"postgresql://m:{DATABASE_PASSWORD}@db/m")
        )
        room.app.state.context = replace(room.context, settings=shown)
        reply = room.ask.get("/api/v1/settings/effective")
    assert reply.status_code == 200
    assert ADMIN_TOKEN not in reply.text
    assert DATABASE_PASSWORD not in reply.text
