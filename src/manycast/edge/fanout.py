"""One endless fetch to many viewers: late ones catch up, slow ones skip to the next keyframe."""

from collections.abc import Callable
from enum import Enum, auto

from manycast.edge.boxes import Box, BoxError, BoxReader
from manycast.edge.commands import Abort, Cancel, Command, End, Piece, Waiter
from manycast.settings.edge import EdgeSettings
from manycast.std.http1 import Fields


class _State(Enum):
    WAITING = auto()
    """Has nothing yet: begins with the initialisation at the next random access mark."""
    RUNNING = auto()
    SKIPPING = auto()
    """Too slow: goes on at the next random access mark, once most of its backlog has left."""


class FanOut:
    """Boxes before the first ``styp`` or ``moof`` initialise; a ``styp`` marks each random access.

    Viewers are given whole boxes only, and never a ``moof`` without its ``mdat``.
    """

    def __init__(self, number: int, fields: Fields, settings: EdgeSettings, now: float) -> None:
        self.number = number
        self.fields = fields
        """Of every viewer's reply."""
        self.bytes_sent = 0
        self._settings = settings
        self._reader = BoxReader(settings.stream_box_bytes_max)
        self._init: list[bytes] = []
        self._media = False
        """The initialisation is over."""
        self._kept: list[bytes] | None = None
        """Everything since the last mark; None before the first, and when it grew too large."""
        self._kept_bytes = 0
        self._viewers: dict[Waiter, _State] = {}
        self._since: dict[Waiter, float] = {}
        """When each skipping viewer began to."""
        self._idle_since = now

    @property
    def viewers(self) -> int:
        return len(self._viewers)

    def join(self, waiter: Waiter) -> list[Command]:
        """One more viewer, whose reply has begun."""
        if self._kept is None:
            self._viewers[waiter] = _State.WAITING
            return []
        self._viewers[waiter] = _State.RUNNING
        return [self._piece([waiter], [*self._init, *self._kept])]

    def left(self, waiter: Waiter, now: float) -> None:
        if self._viewers.pop(waiter, None) is not None:
            self._since.pop(waiter, None)
            self._idle_since = now

    def data(self, data: bytes, now: float, backlog: Callable[[Waiter], int]) -> list[Command]:
        """Pass on what has come; ``backlog`` tells the unsent bytes of a viewer."""
        try:
            boxes = self._reader.feed(data)
        except BoxError:
            return [Cancel(self.number), *self.failed()]
        commands: list[Command] = []
        for fragment in _runs(boxes):
            commands += self._pass_on(fragment, now, backlog)
        if sum(map(len, self._init)) > self._settings.stream_box_bytes_max:
            return [Cancel(self.number), *self.failed()]
        return commands

    def ended(self) -> list[Command]:
        return [End(self._take_all())]

    def failed(self) -> list[Command]:
        return [Abort(self._take_all())]

    def next_deadline(self) -> float | None:
        """When to call ``tick``."""
        return None if self._viewers else self._idle_since + self._settings.stream_idle_s

    def tick(self, now: float) -> list[Command]:
        """Give the fetch up when nobody has watched it for a while."""
        deadline = self.next_deadline()
        return [] if deadline is None or now < deadline else [Cancel(self.number)]

    def _pass_on(
        self, boxes: list[Box], now: float, backlog: Callable[[Waiter], int]
    ) -> list[Command]:
        pieces = [piece for box in boxes for piece in box.pieces]
        marked = boxes[0].kind == b"styp"
        if not self._media and boxes[0].kind not in {b"styp", b"moof"}:
            self._init += pieces
            return []
        self._media = True
        self._keep(pieces, marked=marked)
        cut = self._judge(boxes[0], now, backlog, marked=marked)
        fresh = self._in(_State.WAITING) if marked else []
        running = self._in(_State.RUNNING)
        for waiter in fresh:
            self._viewers[waiter] = _State.RUNNING
        commands: list[Command] = [Abort(tuple(cut))] if cut else []
        if fresh:
            commands.append(self._piece(fresh, [*self._init, *pieces]))
        if running:
            commands.append(self._piece(running, pieces))
        return commands

    def _keep(self, pieces: list[bytes], *, marked: bool) -> None:
        if marked:
            self._kept, self._kept_bytes = [], 0
        if self._kept is not None:
            self._kept += pieces
            self._kept_bytes += sum(map(len, pieces))
            if self._kept_bytes > self._settings.stream_kept_bytes_max:
                self._kept = None

    def _judge(
        self, first: Box, now: float, backlog: Callable[[Waiter], int], *, marked: bool
    ) -> list[Waiter]:
        """Let slow viewers skip and recovered ones go on; the hopeless are returned."""
        if first.kind == b"mdat":
            return []
        limit = self._settings.stream_backlog_bytes
        cut: list[Waiter] = []
        for waiter, state in self._viewers.items():
            if state is _State.RUNNING and backlog(waiter) > limit:
                self._viewers[waiter] = _State.SKIPPING
                self._since[waiter] = now
            elif state is _State.SKIPPING and marked and backlog(waiter) < limit // 2:
                self._viewers[waiter] = _State.RUNNING
                del self._since[waiter]
            elif now - self._since.get(waiter, now) > self._settings.stream_hopeless_s:
                cut.append(waiter)
        for waiter in cut:
            self.left(waiter, now)
        return cut

    def _in(self, state: _State) -> list[Waiter]:
        return [waiter for waiter, own in self._viewers.items() if own is state]

    def _piece(self, waiters: list[Waiter], pieces: list[bytes]) -> Piece:
        self.bytes_sent += sum(map(len, pieces)) * len(waiters)
        return Piece(tuple(waiters), tuple(pieces), 0)

    def _take_all(self) -> tuple[Waiter, ...]:
        waiters = tuple(self._viewers)
        self._viewers.clear()
        self._since.clear()
        return waiters


def _runs(boxes: list[Box]) -> list[list[Box]]:
    """Group boxes so that a viewer may stop or go on before each group."""
    runs: list[list[Box]] = []
    for box in boxes:
        if (
            not runs
            or box.kind == b"styp"
            or (box.kind == b"moof" and runs[-1][-1].kind != b"styp")
        ):
            runs.append([])
        runs[-1].append(box)
    return runs
