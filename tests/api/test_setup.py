from concurrent.futures import ThreadPoolExecutor

from tests.api.asking import Room
from tests.api.browser import PASSWORD, Browser, problem, set_up

from manycast.runtime.accounts import setup_code


def wanted(code: str, **changes: str) -> dict[str, str]:
    return {"code": code, "name": "ann", "password": PASSWORD, **changes}


def test_whoever_has_the_code_becomes_the_administrator_once(room: Room) -> None:
    room.become(None)
    assert room.ask.get("/api/v1/entrance").json()["setup_needed"]
    browser = set_up(room)
    assert browser.get("/session").json()["user"]["role"] == "admin"
    assert not room.ask.get("/api/v1/entrance").json()["setup_needed"]
    assert not (room.context.directory / setup_code.FILE).exists()
    assert problem(Browser(room).post("/setup", wanted("any code"))) == "already-set-up"


def test_without_the_code_nobody_sets_up(room: Room) -> None:
    room.become(None)
    stranger = Browser(room)
    assert problem(stranger.post("/setup", wanted("a guess"))) == "wrong-setup-code"
    setup_code.ensure(room.context.directory)
    answers = [problem(stranger.post("/setup", wanted("a guess"))) for _ in range(20)]
    assert answers[-1] == "too-many-attempts"
    assert room.ask.get("/api/v1/entrance").json()["setup_needed"]


def test_two_who_set_up_at_once_make_one_administrator(room: Room) -> None:
    room.become(None)
    code = setup_code.ensure(room.context.directory)
    names = ["ann", "bob", "eve", "joe"]
    with ThreadPoolExecutor(len(names)) as people:
        replies = list(
            people.map(lambda name: Browser(room).post("/setup", wanted(code, name=name)), names)
        )
    assert {reply.status_code for reply in replies} <= {201, 403, 409}
    assert sum(reply.status_code == 201 for reply in replies) == 1


def test_an_easy_password_is_refused_and_the_code_stays_good(room: Room) -> None:
    room.become(None)
    code = setup_code.ensure(room.context.directory)
    reply = Browser(room).post("/setup", wanted(code, password="password1234"))
    assert problem(reply) == "weak-password"
    assert reply.json()["errors"][0]["pointer"] == "#/password"
    assert Browser(room).post("/setup", wanted(code)).status_code == 201


def test_another_site_sets_nothing_up(room: Room) -> None:
    room.become(None)
    code = setup_code.ensure(room.context.directory)
    reply = Browser(room).ask("POST", "/setup", wanted(code), Origin="http://evil.example")
    assert problem(reply) == "foreign-page"
