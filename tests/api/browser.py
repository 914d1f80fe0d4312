"""A browser with a person behind it: cookies, the token, and what the API is asked."""

from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient
from tests.api.asking import Room
from tests.runtime.store.people import logged_in, person

from manycast.control.permissions import Role
from manycast.runtime.accounts import setup_code
from manycast.runtime.accounts.tokens import new_token
from manycast.runtime.store.tables.accounts import User


PASSWORD = "tall ship at the window"


class Browser:
    def __init__(self, room: Room, agent: str = "Firefox", address: str = "192.0.2.1") -> None:
        self.client = TestClient(
            room.app,
            raise_server_exceptions=False,
            headers={"User-Agent": agent},
            client=(address, 50_000),
            follow_redirects=False,
        )
        self.token = ""
        self.version = "*"

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Response:
        sent = {"X-CSRF-Token": self.token, "If-Match": self.version, **headers}
        reply = self.client.request(method, f"/api/v1{path}", json=body, headers=sent)
        if path in {"/session", "/setup", "/invitations/acceptance"} and reply.status_code == 201:
            self.token = reply.json()["csrf_token"]
        return reply

    def get(self, path: str) -> Response:
        return self.ask("GET", path)

    def post(self, path: str, body: Any = None) -> Response:
        return self.ask("POST", path, body)

    def log_in(
        self, name: str = "ann", password: str = PASSWORD, code: str | None = None
    ) -> Response:
        return self.post("/session", {"name": name, "password": password, "code": code})


def set_up(room: Room, name: str = "ann") -> Browser:
    """The first administrator, logged in."""
    room.become(None)
    browser = Browser(room)
    code = setup_code.ensure(room.context.directory)
    reply = browser.post("/setup", {"code": code, "name": name, "password": PASSWORD})
    assert reply.status_code == 201, reply.text
    return browser


def enter(room: Room, name: str, role: Role, **columns: Any) -> tuple[Browser, User]:
    """Somebody who is logged in, without the work of a password."""
    room.become(None)
    cookie = new_token("mcs")
    with room.context.store.record() as db:
        user = person(db, name, role, **columns)
        logged_in(db, user, cookie, room.context.now_ms())
    browser = Browser(room)
    browser.client.cookies.set("manycast_session", cookie)
    browser.token = browser.get("/session").json()["csrf_token"]
    return browser, user


def problem(reply: Response) -> str:
    """Its name."""
    return str(reply.json()["type"]).removeprefix("urn:manycast:problem:")
