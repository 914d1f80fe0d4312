from tests.doors import Doorkeeper

from manycast.model.media import Media
from manycast.runtime.ingest import Caller, Door, Publisher


class Sink:
    def __init__(self) -> None:
        self.items: list[Media] = []

    def media(self, item: Media) -> None:
        self.items.append(item)

    def lost(self, reason: str, *, clean: bool) -> None:
        self.items.clear()


class Open(Doorkeeper):
    def let_in(self, name: str, caller: Caller) -> Publisher:
        return Sink()


def test_a_plain_class_fits_the_door() -> None:
    door: Door = Open()
    answers: list[object] = []
    door.admit("key", Caller("127.0.0.1:1", "rtmp"), answers.append)()
    assert isinstance(answers[0], Sink)
    door.enter("live", Caller("srt:8890", "srt")).lost("gone", clean=True)
