"""Performs the engine's commands on paper, and checks what a viewer would notice."""

from collections import Counter
from dataclasses import dataclass, field, replace

from manycast.edge.commands import (
    Abort,
    Answered,
    Ask,
    Attach,
    Begin,
    Cancel,
    Command,
    End,
    FanOut,
    Fetch,
    Inform,
    Piece,
    Pull,
    Reply,
    Say,
    Waiter,
)
from manycast.edge.engine import Engine, Trouble
from manycast.settings.edge import EdgeSettings


SMALL = replace(
    EdgeSettings(),
    memory_bytes=8_000,
    object_bytes_max=600,
    whole_bytes_max=100,
    joiners_max=4,
    held_max=5,
    ahead_max=2,
)
FRESH = (b"cache-control", b"max-age=10")


@dataclass
class World:
    """Performs commands on paper, and checks what a viewer would notice."""

    engine: Engine = field(default_factory=lambda: Engine(SMALL, b"me"))
    now: float = 0.0
    fetches: dict[int, Fetch] = field(default_factory=dict)
    open: set[Waiter] = field(default_factory=set)
    begun: set[Waiter] = field(default_factory=set)
    settled: Counter[Waiter] = field(default_factory=Counter)
    replies: dict[Waiter, tuple[bytes, bytes]] = field(default_factory=dict)
    said: dict[Waiter, int] = field(default_factory=dict)
    bodies: dict[Waiter, bytes] = field(default_factory=dict)
    others: list[Command] = field(default_factory=list)
    pulled: list[Waiter] = field(default_factory=list)
    heads: dict[Waiter, Begin] = field(default_factory=dict)
    waiters: int = 0

    def ask(
        self, target: str, method: str = "GET", *headers: tuple[bytes, bytes], body: bytes = b""
    ) -> int:
        self.waiters += 1
        waiter = self.waiters
        self.open.add(waiter)
        path, _, query = target.partition("?")
        ask = Ask(method, target.encode(), path, query, headers, body)
        self.perform(self.engine.request(waiter, ask, self.now))
        return waiter

    def answer(
        self,
        number: int,
        *headers: tuple[bytes, bytes],
        status: int = 200,
        length: int | None = None,
    ) -> None:
        answered = Answered(status, headers, length, framed=True)
        self.perform(self.engine.answered(number, answered, self.now))

    def serve(
        self, number: int, body: bytes, *headers: tuple[bytes, bytes], status: int = 200
    ) -> None:
        self.answer(number, *headers, status=status, length=len(body))
        if number in self.fetches and body:
            self.perform(self.engine.data(number, body, self.now))
        if number in self.fetches:
            self.end(number)

    def end(self, number: int) -> None:
        del self.fetches[number]
        self.perform(self.engine.ended(number, self.now))

    def fail(self, number: int, trouble: Trouble = Trouble.BROKEN) -> None:
        del self.fetches[number]
        self.perform(self.engine.failed(number, trouble, self.now))

    def leave(self, waiter: Waiter) -> None:
        self.open.discard(waiter)
        self.begun.discard(waiter)
        self.perform(self.engine.left(waiter))

    def perform(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case Fetch(number=number):
                    self.fetches[number] = command
                case Cancel(number=number):
                    del self.fetches[number]
                case Reply() | Say():
                    self.reply(command)
                case FanOut() | Attach() | Inform():
                    self.others.append(command)
                case Pull(waiter=waiter):
                    assert waiter in self.begun
                    self.pulled.append(waiter)
                case _:
                    self.stream(command)

    def pull(self) -> None:
        """Every viewer has room for what waits for that."""
        waiters, self.pulled = self.pulled, []
        for waiter in waiters:
            self.perform(self.engine.more(waiter, self.now))

    def reply(self, command: Reply | Say) -> None:
        for waiter in command.waiters:
            self.settle(waiter)
            if isinstance(command, Reply):
                self.replies[waiter] = (command.start, b"".join(command.body))
            else:
                self.said[waiter] = command.status

    def stream(self, command: Begin | Piece | End | Abort) -> None:
        match command:
            case Begin(waiter=waiter):
                assert waiter in self.open
                assert waiter not in self.begun
                self.begun.add(waiter)
                self.bodies[waiter] = b""
                self.heads[waiter] = command
            case Piece(waiters=waiters, pieces=pieces):
                for waiter in waiters:
                    assert waiter in self.begun
                    self.bodies[waiter] += b"".join(pieces)
            case End(waiters=waiters) | Abort(waiters=waiters):
                for waiter in waiters:
                    self.begun.remove(waiter)
                    self.settle(waiter)
                self.others += [command] if isinstance(command, Abort) else []

    def settle(self, waiter: Waiter) -> None:
        assert waiter not in self.begun
        self.open.remove(waiter)
        self.settled[waiter] += 1

    @property
    def only(self) -> int:
        (number,) = self.fetches
        return number
