import pytest
from aioice import ice

from manycast.model.whip import WhipOffer
from manycast.runtime.whip import terms
from manycast.runtime.whip.terms import announced


LINES = [
    "v=0",
    "a=candidate:1 1 udp 2130706431 10.0.0.5 50000 typ host",
    "a=candidate:2 1 udp 2130706431 fd00::5 50001 typ host",
    "a=end-of-candidates",
    "",
]
ANSWER = "\r\n".join(LINES)


def test_an_address_is_announced_beside_those_of_its_family() -> None:
    lines = announced(ANSWER, ("192.0.2.1",)).split("\r\n")
    assert lines[1] == "a=candidate:1 1 udp 2130706431 10.0.0.5 50000 typ host"
    assert lines[2] == "a=candidate:10 1 udp 2130706431 192.0.2.1 50000 typ host"
    assert lines[3] == "a=candidate:2 1 udp 2130706431 fd00::5 50001 typ host"
    assert lines[4:] == ["a=end-of-candidates", ""]


def test_who_answers_no_question_of_ice_may_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONSENT_FAILURES", "get_host_addresses"):
        monkeypatch.setattr(ice, name, getattr(ice, name))  # put back afterwards
    monkeypatch.setattr(terms, "_take_coded", lambda: None)
    terms.install(WhipOffer(sdp="", keyframe_ms=2000, connect_ms=1, silent_ms=1))
    assert ice.CONSENT_FAILURES == terms.CONSENT_FAILURES


def test_without_other_addresses_the_answer_stays() -> None:
    assert announced(ANSWER, ()) == ANSWER
