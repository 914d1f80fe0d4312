import asyncio
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.runtime.control_peer import TOKEN, Control, listening

from manycast.model.fleet import Assignment, ChannelGrant
from manycast.origin.grants import Admission, digest, grants_of
from manycast.runtime import grants as module
from manycast.runtime.grants import Grants
from manycast.runtime.link import Link


GRANTED = grants_of([("live", "known-key")], recording=False)
KNOWN = Admission("live", "", 0)


async def asked(grants: Grants, key: str) -> Admission | None:
    answers: asyncio.Queue[Admission | None] = asyncio.Queue()
    grants.admit(key, answers.put_nowait)
    async with asyncio.timeout(20):
        return await answers.get()


async def with_control(answer: Callable[[str, Any], tuple[int, Any]], key: str) -> Admission | None:
    control = Control(answer)
    async with listening(control), Link(control.place, TOKEN) as link:
        found = await asked(Grants(GRANTED, None, link), key)
    assert control.asked == [("/api/v1/ingest/admissions", {"digest": digest(key)})]
    return found


async def test_alone_the_file_decides() -> None:
    grants = Grants(GRANTED)
    assert await asked(grants, "known-key") == KNOWN
    assert await asked(grants, "another") is None
    assert grants.refused == 1


async def test_the_control_role_decides_whatever_is_known() -> None:
    new = {"channel": "new", "key_id": "key_1", "kicks": 4}
    assert await with_control(lambda *_: (200, new), "k") == Admission("new", "key_1", 4)
    assert await with_control(lambda *_: (404, {}), "known-key") is None


@pytest.mark.parametrize(
    "answer", [(503, {}), (200, {}), (200, {"channel": "NO", "key_id": "", "kicks": 0}), (401, {})]
)
async def test_what_is_no_decision_leaves_it_to_what_is_known(answer: tuple[int, Any]) -> None:
    assert await with_control(lambda *_: answer, "known-key") == KNOWN
    assert await with_control(lambda *_: answer, "another") is None


async def test_a_control_role_that_is_away_or_silent_keeps_nobody_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.05)
    control = Control(silent=True)
    async with listening(control), Link(control.place, TOKEN) as link:
        assert await asked(Grants(GRANTED, None, link), "known-key") == KNOWN
    async with Link(control.place, TOKEN) as link:
        assert await asked(Grants(GRANTED, None, link), "known-key") == KNOWN


def granted(*names: str) -> tuple[ChannelGrant, ...]:
    return grants_of([(name, f"key-of-{name}") for name in names], recording=True)


async def test_what_the_control_role_said_is_known_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "grants.json"
    grants = Grants(GRANTED, file)
    told: list[tuple[ChannelGrant, ...]] = []
    grants.changed = told.append
    grants.assign(Assignment(report_ms=1, revision="r7", channels=granted("one", "two")))
    assert told == [GRANTED]
    assert grants.revision == "r7"
    again = Grants(GRANTED, file)
    assert again.channels == granted("one", "two")
    assert again.revision == "", "what was put back since must be sent again"
    assert await asked(again, "key-of-two") == Admission("two", "", 0)
    assert await asked(again, "known-key") is None


def test_only_its_owner_reads_the_file_and_no_key_is_in_it(tmp_path: Path) -> None:
    file = tmp_path / "grants.json"
    Grants((), file).assign(Assignment(report_ms=1, revision="r", channels=granted("one")))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]
    assert "key-of-one" not in json.dumps(json.loads(file.read_text())["channels"][0]["keys"])


def test_an_answer_without_channels_changes_nothing() -> None:
    grants = Grants(GRANTED)
    grants.assign(Assignment(report_ms=1, revision="other"))
    assert (grants.channels, grants.revision) == (GRANTED, "")


def test_a_channel_whose_name_is_none_is_refused_with_all_that_came_with_it() -> None:
    grants = Grants(GRANTED)
    with pytest.raises(ValueError, match="stream name"):
        grants.assign(Assignment(report_ms=1, revision="r", channels=granted("one", "../two")))
    assert grants.channels == GRANTED


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"channels": 5}', '{"channels": [5]}'])
def test_a_damaged_file_is_as_good_as_none(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "grants.json"
    file.write_text(text)
    assert Grants(GRANTED, file).channels == GRANTED
    assert "only channels.json is known" in caplog.text


def test_a_disk_that_refuses_is_named_and_no_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    grants = Grants((), tmp_path / "file" / "grants.json")
    grants.assign(Assignment(report_ms=1, revision="r", channels=granted("one")))
    assert grants.of("one")
    assert "cannot be kept" in caplog.text
