from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from manycast.model.destinations import Platform as Name
from manycast.platforms.failures import RefusedError
from manycast.platforms.values import Account, Connected, Flow, Prompt, Tokens
from manycast.runtime.platforms import connecting as module
from manycast.runtime.platforms.connecting import Connecting, NoFlowError
from manycast.runtime.platforms.platform import Presence


CONNECTED = Connected(account=Account(external_id="1", name="Ada"), tokens=Tokens(access="a"))


@dataclass
class Willing:
    """A platform whose person agrees when a test says so."""

    name: Name = Name.TWITCH
    state: str = ""
    agreed: bool = False
    answers: list[Mapping[str, str]] = field(default_factory=list)

    async def begin_connect(self, redirect_url: str) -> Flow:
        prompt = Prompt(url="https://there", user_code="ABC", interval_s=5, expires_ms=100_000)
        return Flow(prompt=prompt, secret="s", state=self.state, redirect_url=redirect_url)

    async def finish_connect(self, flow: Flow, answer: Mapping[str, str]) -> Connected | None:
        self.answers.append(answer)
        if answer.get("error"):
            raise RefusedError(self.name, "The person said no.")
        return CONNECTED if self.agreed else None

    def presence(self, account_id: str, external_id: str) -> Presence:
        raise NotImplementedError


@dataclass
class Clock:
    ms: int = 0

    def __call__(self) -> int:
        return self.ms


def made(**fields: str) -> tuple[Connecting, Willing, Clock]:
    willing, clock = Willing(**fields), Clock()
    return Connecting({Name.TWITCH: willing}, clock), willing, clock


async def test_a_code_is_asked_about_no_more_often_than_the_platform_wants() -> None:
    connecting, willing, clock = made()
    flow_id, prompt = await connecting.begin(Name.TWITCH, "chn_1")
    assert prompt.user_code == "ABC"
    for clock.ms in range(0, 15_000, 500):
        assert await connecting.finish(flow_id, "chn_1") is None
    assert len(willing.answers) == 2
    willing.agreed, clock.ms = True, 15_000
    assert await connecting.finish(flow_id, "chn_1") == (Name.TWITCH, CONNECTED)
    with pytest.raises(NoFlowError):
        await connecting.finish(flow_id, "chn_1")


async def test_what_the_browser_brings_is_good_once() -> None:
    connecting, _, _ = made(state="the-state")
    flow_id, _ = await connecting.begin(Name.TWITCH, "chn_1", "https://us/return")
    assert flow_id == "the-state"
    with pytest.raises(RefusedError):
        await connecting.finish(flow_id, "chn_1", {"error": "access_denied"})
    with pytest.raises(NoFlowError):
        await connecting.finish(flow_id, "chn_1", {"code": "x"})


async def test_one_that_a_person_refused_is_over_for_whoever_asks() -> None:
    connecting, _, _ = made()
    flow_id, _ = await connecting.begin(Name.TWITCH, "chn_1")
    connecting.forget(flow_id)
    with pytest.raises(NoFlowError):
        await connecting.finish(flow_id, "chn_1")


async def test_nobody_finishes_what_somebody_else_began() -> None:
    connecting, willing, clock = made()
    flow_id, _ = await connecting.begin(Name.TWITCH, "chn_1")
    willing.agreed, clock.ms = True, 10_000
    with pytest.raises(NoFlowError):
        await connecting.finish(flow_id, "chn_2")
    assert await connecting.finish(flow_id, "chn_1")


async def test_what_took_too_long_begins_again() -> None:
    connecting, _, clock = made()
    flow_id, _ = await connecting.begin(Name.TWITCH, "chn_1")
    clock.ms = 100_000
    with pytest.raises(NoFlowError):
        await connecting.finish(flow_id, "chn_1")


async def test_the_oldest_of_too_many_is_forgotten() -> None:
    connecting, _, _ = made()
    ids = [(await connecting.begin(Name.TWITCH, "x"))[0] for _ in range(module.FLOWS_MAX + 1)]
    with pytest.raises(NoFlowError):
        await connecting.finish(ids[0], "x")
    assert await connecting.finish(ids[1], "x") is None
