import pytest
from hypothesis import given, strategies as st

from manycast.control.permissions import (
    ALLOWED,
    NODE,
    OF_A_CHANNEL,
    Action,
    Principal,
    Role,
    allowed,
    covers,
)


def person(role: Role, *channels: str, scopes: frozenset[Action] | None = None) -> Principal:
    return Principal(user_id="u", name="u", role=role, channels=frozenset(channels), scopes=scopes)


@given(st.sampled_from(Action))
def test_each_role_may_do_what_the_one_before_may(action: Action) -> None:
    may = [allowed(person(role, "c"), action, "c") for role in Role]
    assert may == sorted(may)


@given(st.sampled_from(Role), st.sampled_from(Action), st.frozensets(st.sampled_from(Action)))
def test_an_api_key_never_does_more_than_its_owner(
    role: Role, action: Action, scopes: frozenset[Action]
) -> None:
    if allowed(person(role, "c", scopes=scopes), action, "c"):
        assert allowed(person(role, "c"), action, "c")
        assert action in scopes
        assert action is not Action.SELF


@given(st.sampled_from(Role), st.sampled_from(Role), st.frozensets(st.sampled_from(Action)))
def test_an_api_key_covers_a_role_with_all_of_its_scopes_alone(
    owner: Role, role: Role, scopes: frozenset[Action]
) -> None:
    missing = ALLOWED[role] - scopes - {Action.SELF}
    assert covers(person(owner, scopes=scopes), role) is (
        covers(person(owner), role) and not missing
    )
    assert covers(person(Role.ADMIN), role)


@pytest.mark.parametrize("action", sorted(OF_A_CHANNEL))
def test_a_broadcaster_reaches_only_the_channels_he_belongs_to(action: Action) -> None:
    assert allowed(person(Role.BROADCASTER, "mine"), action, "mine")
    assert not allowed(person(Role.BROADCASTER, "mine"), action, "yours")
    assert allowed(person(Role.OPERATOR), action, "yours")


def test_a_node_only_reports_and_nobody_else_does() -> None:
    assert [action for action in Action if allowed(NODE, action)] == [Action.NODE]
    assert not any(Action.NODE in actions for actions in ALLOWED.values())


@given(st.sampled_from(Role), st.sampled_from(Action))
def test_without_the_second_factor_that_is_asked_for_only_the_account_is_open(
    role: Role, action: Action
) -> None:
    who = Principal(user_id="u", name="u", role=role, channels=frozenset({"c"}), unproven=True)
    assert allowed(who, action, "c") is (action is Action.SELF)
