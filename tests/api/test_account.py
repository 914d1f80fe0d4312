from dataclasses import replace

from pyotp import TOTP
from tests.api.asking import Room
from tests.api.browser import PASSWORD, Browser, enter, problem, set_up

from manycast.control.permissions import Role
from manycast.control.throttle import CODE
from manycast.settings.accounts import AccountsSettings


NEW = "another fine sentence"


def phone(room: Room, secret: str, steps: int = 0) -> str:
    return TOTP(secret).at(room.context.now_ms() // 1000 + 30 * steps)


def with_phone(room: Room, browser: Browser) -> tuple[str, list[str]]:
    offer = browser.post("/account/second-factor", {"password": PASSWORD}).json()
    body = {"code": phone(room, offer["secret"], -1)}
    reply = browser.post("/account/second-factor/confirmation", body)
    assert reply.status_code == 200, reply.text
    return offer["secret"], reply.json()["codes"]


def test_a_new_password_replaces_the_old_and_ends_every_other_session(room: Room) -> None:
    browser, other = set_up(room), Browser(room)
    other.log_in()
    assert (
        browser.ask("PUT", "/account/password", {"current": PASSWORD, "new": NEW}).status_code
        == 204
    )
    assert browser.get("/session").status_code == 200
    assert other.get("/session").status_code == 401
    assert other.log_in("ann", PASSWORD).status_code == 401
    assert other.log_in("ann", NEW).status_code == 201


def test_nobody_changes_a_password_at_a_browser_left_alone(room: Room) -> None:
    browser = set_up(room)
    for given, name in ((None, "password-needed"), ("a guess", "wrong-password")):
        reply = browser.ask("PUT", "/account/password", {"current": given, "new": NEW})
        assert (reply.status_code, problem(reply)) == (403, name)


def test_an_easy_password_is_refused(room: Room) -> None:
    reply = set_up(room).ask("PUT", "/account/password", {"current": PASSWORD, "new": "a" * 12})
    assert (problem(reply), reply.json()["errors"][0]["pointer"]) == ("weak-password", "#/new")


def test_a_second_factor_counts_once_a_code_of_it_has_come(room: Room) -> None:
    browser, other = set_up(room), Browser(room)
    offer = browser.post("/account/second-factor", {"password": PASSWORD}).json()
    assert offer["link"].startswith("otpauth://totp/manycast:ann?secret=" + offer["secret"])
    assert offer["qr_svg"].startswith("<svg")
    assert other.log_in().status_code == 201, "it was only offered"
    wrong = browser.post("/account/second-factor/confirmation", {"code": "000000"})
    assert problem(wrong) == "wrong-code"
    body = {"code": phone(room, offer["secret"], -1)}
    codes = browser.post("/account/second-factor/confirmation", body).json()["codes"]
    assert len(codes) == 10
    assert browser.get("/session").json()["user"]["recovery_codes_left"] == 10
    assert other.get("/session").status_code == 401
    assert problem(other.log_in()) == "second-factor-needed"
    assert problem(other.log_in(code="000000")) == "wrong-code"
    assert other.log_in(code=phone(room, offer["secret"])).status_code == 201
    assert problem(other.log_in(code=phone(room, offer["secret"]))) == "wrong-code", "used"


def test_a_recovery_code_works_once(room: Room) -> None:
    browser = set_up(room)
    _, codes = with_phone(room, browser)
    other = Browser(room)
    assert other.log_in(code=codes[0]).status_code == 201
    assert problem(other.log_in(code=codes[0])) == "wrong-code"
    assert other.get("/session").json()["user"]["recovery_codes_left"] == 9


def test_new_recovery_codes_make_the_old_ones_void(room: Room) -> None:
    browser = set_up(room)
    assert (
        problem(browser.post("/account/recovery-codes", {"password": PASSWORD}))
        == "no-second-factor"
    )
    _, old = with_phone(room, browser)
    new = browser.post("/account/recovery-codes", {"password": PASSWORD}).json()["codes"]
    assert problem(Browser(room).log_in(code=old[0])) == "wrong-code"
    assert Browser(room).log_in(code=new[0]).status_code == 201


def test_whoever_has_the_password_guesses_codes_slowly_from_anywhere(room: Room) -> None:
    browser = set_up(room)
    with_phone(room, browser)
    places = [Browser(room, address=f"198.51.100.{n}") for n in range(CODE.burst + 1)]
    replies = [place.log_in(code="000000") for place in places]
    assert {problem(reply) for reply in replies[:-1]} == {"wrong-code"}
    assert problem(replies[-1]) == "too-many-attempts"


def test_a_second_factor_goes_with_the_password_only(room: Room) -> None:
    browser = set_up(room)
    with_phone(room, browser)
    assert (
        problem(browser.post("/account/second-factor", {"password": PASSWORD}))
        == "second-factor-on"
    )
    assert problem(browser.post("/account/second-factor/removal", {})) == "password-needed"
    assert browser.post("/account/second-factor/removal", {"password": PASSWORD}).status_code == 204
    assert Browser(room).log_in().status_code == 201
    reply = browser.post("/account/second-factor/confirmation", {"code": "000000"})
    assert problem(reply) == "no-offer"


def test_an_address_belongs_to_one_account(room: Room) -> None:
    browser = set_up(room)
    enter(room, "bob", Role.VIEWER, email="bob@example.org")
    taken = {"email": "BOB@example.org", "password": PASSWORD}
    assert problem(browser.ask("PUT", "/account/email", taken)) == "email-taken"
    assert problem(browser.ask("PUT", "/account/email", {"email": "a@b.c"})) == "password-needed"
    mine = {"email": "Ann@example.org", "password": PASSWORD}
    assert browser.ask("PUT", "/account/email", mine).json()["email"] == "ann@example.org"
    none = {"email": None, "password": PASSWORD}
    assert browser.ask("PUT", "/account/email", none).json()["email"] is None


def test_where_a_second_factor_is_asked_for_nothing_else_is_open_before(room: Room) -> None:
    browser = set_up(room)
    accounts = AccountsSettings(second_factor_from="operator")
    settings = replace(room.context.settings, accounts=accounts)
    room.app.state.context = replace(room.context, settings=settings)
    session = browser.get("/session").json()
    assert session["second_factor_needed"]
    assert session["actions"] == ["self"]
    assert problem(browser.get("/users")) == "second-factor-required"
    key = browser.post("/api-keys", {"name": "around", "scopes": ["users:read"]}).json()["secret"]
    around = Browser(room).ask("GET", "/users", Authorization=f"Bearer {key}")
    assert problem(around) == "second-factor-required"
    with_phone(room, browser)
    assert browser.get("/users").status_code == 200
    assert not browser.get("/session").json()["second_factor_needed"]
