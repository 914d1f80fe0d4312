"""Doors for listeners under test: who may come in is decided at once, by the subclass."""

from manycast.model.refusals import RefusedError
from manycast.runtime.ingest import Admitted, Caller, GiveUp, Publisher, nothing


class Doorkeeper:
    def let_in(self, name: str, caller: Caller) -> Publisher:
        """Raises RefusedError; the name is a key, or a channel whose publisher has proved itself."""
        raise NotImplementedError

    def admit(self, key: str, caller: Caller, then: Admitted) -> GiveUp:
        try:
            answer: Publisher | RefusedError = self.let_in(key, caller)
        except RefusedError as error:
            answer = error
        then(answer)
        return nothing

    def enter(self, channel: str, caller: Caller) -> Publisher:
        return self.let_in(channel, caller)
