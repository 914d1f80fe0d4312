"""Which rule tells of what, and when: troubles must last, cool-downs pass, quiet hours end, and nothing is told twice."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from manycast.control.events import Event, StreamEnded, StreamLive
from manycast.control.notice import ENDS, LASTING, Notice, notice_of
from manycast.control.quiet import Quiet
from manycast.control.wording import span
from manycast.model.notices import Kind, Quietly


REMEMBERED_MAX = 20_000
"""Rules times channels or nodes of which something was told; beyond it the oldest are forgotten."""
EACH_COUNTS = frozenset({Kind.RECORDING_READY, Kind.ACCOUNT_DEVICE})
"""Not the same as the one before, however soon: no cool-down holds them back."""

ENDED_BY = {trouble: end for end, trouble in ENDS.items()}

Topic = tuple[Kind, str]
"""A kind (of a trouble and its end: the trouble's) and the subject."""
Place = tuple[str, Kind, str]
"""A rule and a topic."""
K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    id: str
    kinds: frozenset[Kind]
    channels: frozenset[str] = frozenset()
    """Empty: all."""
    lasting_ms: int = 0
    """How long a trouble, or its end, must last."""
    cooldown_ms: int = 0
    """From one telling of a topic to the next; an end waits for none."""
    quiet: Quiet | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    kind: Kind
    once: str
    at_ms: int
    past: bool = False
    """By a process before this one: the trouble may have ended unseen, and this one be another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Tell this, by this rule, not before ``due_ms``."""

    rule_id: str
    notice: Notice
    due_ms: int


@dataclass(frozen=True, slots=True)
class _Waiting:
    notice: Notice
    due_ms: int


class Notices:
    """The engine; times are milliseconds since 1970, as rules and quiet hours mean them."""

    def __init__(
        self, rules: Iterable[Rule] = (), told: Mapping[Place, Told] | None = None
    ) -> None:
        self._rules: dict[str, Rule] = {}
        self._told: dict[Place, Told] = dict(told or {})
        self._waiting: dict[Place, _Waiting] = {}
        self._troubles: dict[Topic, Notice] = {}
        """How those began that have not ended."""
        self.use(rules)

    def use(self, rules: Iterable[Rule]) -> None:
        """These are in force from now on; what waits for others is never told."""
        self._rules = {rule.id: rule for rule in rules}
        for place in [place for place in self._waiting if place[0] not in self._rules]:
            del self._waiting[place]

    def handle(self, event: Event, now_ms: int) -> list[Telling]:
        if isinstance(event, StreamLive | StreamEnded):
            self._close(event.channel)
        notice = notice_of(event)
        if notice is None:
            return []
        if notice.kind in LASTING:
            self._change(notice, now_ms)
            return self.handle_timer(now_ms)
        rules = list(self._listening(notice, {notice.kind}))
        return [telling for rule in rules for telling in self._happened(rule, notice, now_ms)]

    def next_deadline(self) -> int | None:
        return min((waiting.due_ms for waiting in self._waiting.values()), default=None)

    def handle_timer(self, now_ms: int) -> list[Telling]:
        """What has waited long enough."""
        due = [place for place, waiting in self._waiting.items() if waiting.due_ms <= now_ms]
        notices = [(self._rules[place[0]], self._waiting.pop(place).notice) for place in due]
        return [telling for rule, notice in notices for telling in self._tell(rule, notice, now_ms)]

    def _listening(self, notice: Notice, kinds: set[Kind]) -> Iterator[Rule]:
        for rule in self._rules.values():
            concerns = not (notice.channel and rule.channels) or notice.channel in rule.channels
            if concerns and rule.kinds & kinds:
                yield rule

    def _happened(self, rule: Rule, notice: Notice, now_ms: int) -> list[Telling]:
        """Something that has no end."""
        place = (rule.id, notice.kind, notice.subject)
        told = self._told.get(place)
        if told is not None and told.once == notice.once:
            return []
        if told is None or notice.kind in EACH_COUNTS or now_ms >= told.at_ms + rule.cooldown_ms:
            return self._tell(rule, notice, now_ms)
        if notice.kind is Kind.KEY_REFUSED:
            waiting = self._waiting.get(place)
            sum_up = _sum(waiting.notice, notice) if waiting else notice
            _put(self._waiting, place, _Waiting(sum_up, told.at_ms + rule.cooldown_ms))
        return []

    def _change(self, notice: Notice, now_ms: int) -> None:
        """A trouble begins, goes on or ends."""
        trouble = ENDS.get(notice.kind, notice.kind)
        topic = (trouble, notice.subject)
        rules = list(self._listening(notice, {trouble, ENDED_BY[trouble]}))
        if notice.kind is not trouble:
            first = self._troubles.pop(topic, None)
            for rule in rules:
                self._ends(rule, notice, first, now_ms)
            return
        first = self._troubles.get(topic, notice)
        _put(self._troubles, topic, first)
        for rule in rules:
            self._begins(rule, replace(notice, once=first.once), now_ms)

    def _begins(self, rule: Rule, notice: Notice, now_ms: int) -> None:
        place = (rule.id, notice.kind, notice.subject)
        told, waiting = self._told.get(place), self._waiting.get(place)
        if waiting is not None and waiting.notice.kind is notice.kind:
            self._waiting[place] = replace(waiting, notice=notice)
        elif waiting is not None:  # its end did not last
            del self._waiting[place]
        elif told is None or told.kind is not notice.kind or told.past:
            cooled_ms = told.at_ms + rule.cooldown_ms if told else 0
            _put(self._waiting, place, _Waiting(notice, max(now_ms + rule.lasting_ms, cooled_ms)))

    def _ends(self, rule: Rule, notice: Notice, first: Notice | None, now_ms: int) -> None:
        trouble = ENDS[notice.kind]
        place = (rule.id, trouble, notice.subject)
        told, waiting = self._told.get(place), self._waiting.get(place)
        if waiting is not None and waiting.notice.kind is trouble:
            del self._waiting[place]
        elif waiting is None and told is not None and told.kind is trouble:
            began_ms = first.at_ms if first else told.at_ms
            words = {"duration": span(notice.at_ms - began_ms), **notice.words}
            due_ms = now_ms + rule.lasting_ms
            _put(self._waiting, place, _Waiting(replace(notice, words=words), due_ms))

    def _close(self, channel: str) -> None:
        """Whatever was wrong with the broadcast is over with it, and nobody needs to hear that it is."""
        over = [topic for topic, one in self._troubles.items() if one.channel == channel]
        for topic in {*over, (Kind.INGEST_UNHEALTHY, channel)}:
            self._troubles.pop(topic, None)
            for rule_id in self._rules:
                place = (rule_id, *topic)
                self._waiting.pop(place, None)
                if place in self._told:
                    self._told[place] = replace(self._told[place], kind=ENDED_BY[topic[0]])

    def _tell(self, rule: Rule, notice: Notice, now_ms: int) -> list[Telling]:
        place = (rule.id, ENDS.get(notice.kind, notice.kind), notice.subject)
        before = self._told.get(place)
        # A cool-down runs from the beginning of a trouble: its end does not put off the next.
        at_ms = before.at_ms if before and notice.kind in ENDS else now_ms
        _put(self._told, place, Told(kind=notice.kind, once=notice.once, at_ms=at_ms))
        if notice.kind not in rule.kinds:
            return []
        until_ms = rule.quiet.until(now_ms) if rule.quiet else None
        if until_ms is None or rule.quiet is None:
            return [Telling(rule_id=rule.id, notice=notice, due_ms=now_ms)]
        if rule.quiet.instead is Quietly.DROP:
            return []
        return [Telling(rule_id=rule.id, notice=notice, due_ms=until_ms)]


def _sum(before: Notice, notice: Notice) -> Notice:
    count = before.data["count"] + notice.data["count"]
    return replace(
        notice, words={**notice.words, "count": str(count)}, data={**notice.data, "count": count}
    )


def _put(kept: dict[K, V], key: K, value: V) -> None:
    """As the newest; the oldest goes when there are too many."""
    kept.pop(key, None)
    kept[key] = value
    if len(kept) > REMEMBERED_MAX:
        del kept[next(iter(kept))]
