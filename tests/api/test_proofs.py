from dataclasses import replace

import pytest
from tests.api.asking import ADMIN, Room
from tests.runtime.store.people import logged_in, person

from manycast.api.context import Context
from manycast.api.problems import Problem
from manycast.api.proofs import Wrong, confirm, guess, hashed, verify
from manycast.control.permissions import Principal
from manycast.control.throttle import PAIR
from manycast.runtime.accounts.hashing import BusyError, Hashing


class Occupied(Hashing):
    def hash(self, password: str) -> str:
        raise BusyError

    def verify(self, kept: str | None, password: str) -> bool:
        raise BusyError


def wrong(here: Context, times: int) -> None:
    for _ in range(times):
        with pytest.raises(Wrong), guess(here, "ann", "192.0.2.1"):
            raise Wrong(401, "wrong", "Wrong.")


def test_only_wrong_guesses_cost_something(room: Room) -> None:
    for error in (Problem(401, "second-factor-needed", "More."), RuntimeError()):
        for _ in range(2 * PAIR.burst):
            with pytest.raises(type(error)), guess(room.context, "ann", "192.0.2.1"):
                raise error
    wrong(room.context, PAIR.burst)
    with pytest.raises(Problem, match="Try again in"), guess(room.context, "ann", "192.0.2.1"):
        pytest.fail("it should not come to this")


def test_when_too_many_log_in_the_rest_is_asked_to_come_again(room: Room) -> None:
    here = replace(room.context, hashing=Occupied())
    with pytest.raises(Problem) as refused:
        verify(here, None, "a password")
    assert refused.value.details.status == 503
    with pytest.raises(Problem) as refused:
        hashed(here, "tall ship at the window", "#/password", "ann", None)
    assert refused.value.headers["Retry-After"]


def owner(room: Room, age_ms: int, password_hash: str | None) -> Principal:
    with room.context.store.record() as db:
        user = person(db, "ann", password_hash=password_hash)
        session = logged_in(db, user, "cookie", room.context.now_ms() - age_ms)
    return replace(ADMIN, user_id=user.id, credential_id=session.id)


def test_who_has_a_password_confirms_with_it(room: Room) -> None:
    who = owner(room, 0, room.context.hashing.hash("the right one"))
    confirm(room.context, who, "the right one", "")
    for given, name in ((None, "password-needed"), ("another", "wrong-password")):
        with pytest.raises(Problem) as refused:
            confirm(room.context, who, given, "")
        assert refused.value.details.type.endswith(name)


@pytest.mark.parametrize(("age_s", "passes"), [(599, True), (601, False)])
def test_who_has_none_confirms_by_having_just_logged_in(
    room: Room, age_s: int, passes: bool
) -> None:
    who = owner(room, age_s * 1000, None)
    here = room.context
    if passes:
        confirm(here, who, None, "")
    else:
        with pytest.raises(Problem, match="in again"):
            confirm(here, who, None, "")
