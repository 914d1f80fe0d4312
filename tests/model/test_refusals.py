from manycast.model.refusals import RefusedError


def test_a_refusal_carries_its_text_and_status_code() -> None:
    refusal = RefusedError("no such stream key", code="NetStream.Publish.BadName")
    assert str(refusal) == "no such stream key"
    assert refusal.code == "NetStream.Publish.BadName"
    assert RefusedError("x").code == "NetStream.Publish.Failed"
