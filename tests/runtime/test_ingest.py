from manycast.model.media import Media
from manycast.runtime.ingest import Door, Publisher


class Sink:
    def __init__(self) -> None:
        self.items: list[Media] = []

    def media(self, item: Media) -> None:
        self.items.append(item)

    def lost(self, reason: str, *, clean: bool) -> None:
        self.items.clear()


class Open:
    def admit(self, key: str, peer: str) -> Publisher:
        return Sink()


def test_a_plain_class_fits_the_door() -> None:
    door: Door = Open()
    door.admit("key", "127.0.0.1:1").lost("gone", clean=True)
