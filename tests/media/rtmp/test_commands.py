import pytest

from manycast.media import amf0
from manycast.media.errors import MalformedError
from manycast.media.rtmp import commands
from manycast.media.rtmp.commands import Request
from manycast.media.rtmp.messages import Kind, Message


def test_a_command_is_read_as_it_was_written() -> None:
    sent = commands.command("publish", 5, None, "key", "live", stream_id=1)
    assert commands.parse(sent) == Request("publish", 5, [None, "key", "live"])


def test_an_argument_that_is_absent_or_odd_reads_as_nothing() -> None:
    request = Request("publish", 1, [None, 7.0])
    assert request.text(1) == request.text(2) == ""
    assert request.properties(0) == request.properties(2) == {}


@pytest.mark.parametrize("values", [[], [1.0, 1.0], ["connect", "one"]])
def test_a_command_needs_a_name_and_a_number(values: list[amf0.Value]) -> None:
    with pytest.raises(MalformedError, match="without a name"):
        commands.parse(Message(Kind.COMMAND, 0, 0, amf0.encode(*values)))


@pytest.mark.parametrize("asked", ["live", "live/", "/live", "live?token=1"])
def test_what_encoders_hang_on_to_the_application_is_ignored(asked: str) -> None:
    assert commands.application(Request("connect", 1, [{"app": asked}])) == "live"


def test_both_objects_of_the_answer_to_connect_name_the_codecs() -> None:
    asked: dict[str, amf0.Value] = {"app": "live", "fourCcList": ["hvc1"]}
    answer = commands.connected(Request("connect", 3, [asked])).values()
    assert answer[:2] == ["_result", 3]
    for place in answer[2:]:
        assert isinstance(place, dict)
        assert place["fourCcList"] == ["avc1", "hvc1", "av01", "mp4a", "Opus"]


def test_answers_carry_the_number_of_what_they_answer() -> None:
    request = Request("createStream", 4, [None])
    assert commands.result(request, 1.0).values() == ["_result", 4, None, 1]
    name, number, _, information = commands.error(request, "Some.Code", "why").values()
    assert (name, number) == ("_error", 4)
    assert information == {"level": "error", "code": "Some.Code", "description": "why"}


def test_a_status_belongs_to_its_stream() -> None:
    status = commands.status("error", "Some.Code", "why", 7)
    assert status.stream_id == 7
    assert status.values()[0] == "onStatus"
