from dataclasses import replace

from hypothesis import given, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.destination.frames import (
    EPOCH_MS,
    FRAME_MS,
    KEY,
    OTHER_PICTURE,
    PICTURE,
    REFERENCE,
    SOUND,
    picture,
    seconds,
    sound,
    stream,
)

from manycast.destination.attempts import HELD_MS, STEADY_MS
from manycast.destination.sender import (
    BATCH_BYTES,
    GOODBYE_MS,
    SLOW_MS,
    Close,
    Command,
    Open,
    Sender,
    Timed,
)
from manycast.model.destinations import SendingState
from manycast.model.media import AudioFrame, VideoCodec, VideoFrame
from manycast.settings.destinations import DestinationsSettings


SETTINGS = DestinationsSettings()
CONNECT = Open(PICTURE, SOUND)
GOODBYE = Close(goodbye=True)
CUT = Close(goodbye=False)
NOW = EPOCH_MS + 100


def fresh() -> Sender:
    return Sender(SETTINGS, EPOCH_MS)


def connected(now_ms: int = NOW) -> Sender:
    sender = fresh()
    assert sender.media(stream([KEY]), now_ms) == [CONNECT]
    sender.opened(now_ms)
    return sender


def drained(sender: Sender, now_ms: int = NOW) -> list[Timed]:
    taken: list[Timed] = []
    while batch := sender.next(now_ms):
        taken += batch
    return taken


def test_it_connects_once_there_is_a_picture_to_begin_with() -> None:
    sender = fresh()
    assert sender.media([PICTURE, SOUND, sound(EPOCH_MS)], NOW) == []
    assert sender.media([picture(EPOCH_MS, REFERENCE)], NOW) == []
    assert sender.state is SendingState.WAITING
    assert sender.media([picture(EPOCH_MS + 40, KEY)], NOW) == [CONNECT]
    assert sender.state is SendingState.CONNECTING
    assert sender.next(NOW) == []


def test_a_connection_begins_at_0_with_both_configs() -> None:
    sender = connected()
    assert drained(sender) == [
        Timed(PICTURE, 0),
        Timed(SOUND, 0),
        Timed(picture(EPOCH_MS, KEY), 0),
        Timed(sound(EPOCH_MS), 0),
        Timed(sound(EPOCH_MS + 20), 20),
    ]
    assert sender.behind_ms(NOW) == 80


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 1 << 33)), max_size=40))
def test_times_of_a_track_only_grow_whatever_the_stream_says(
    jumps: list[tuple[bool, int]],
) -> None:
    sender = connected()
    taken = drained(sender)
    for is_sound, jump_ms in jumps:
        time_ms = EPOCH_MS + jump_ms
        frame = sound(time_ms) if is_sound else picture(time_ms, KEY)
        sender.media([frame], NOW)
        taken += drained(sender)
    for kind in (VideoFrame, AudioFrame):
        times = [time_ms for item, time_ms in taken if isinstance(item, kind)]
        assert times == sorted(set(times))
        assert all(time_ms >= 0 for time_ms in times)


def test_a_failure_is_followed_by_another_attempt_and_counted_when_it_works() -> None:
    sender = connected()
    sender.lost("it closed the connection", NOW, 1.0)
    assert (sender.state, sender.reason) == (SendingState.RETRYING, "it closed the connection")
    sender.media([picture(EPOCH_MS + 40, KEY), sound(EPOCH_MS + 40)], NOW)
    assert sender.tick(NOW + 499, 0) == []
    assert sender.tick(NOW + 500, 0) == [CONNECT]
    assert sender.reconnects == 0
    sender.opened(NOW + 550)
    assert (sender.reconnects, sender.reason) == (1, "")
    assert drained(sender)[2] == Timed(picture(EPOCH_MS + 40, KEY), 0)


def test_waits_grow_until_a_connection_was_steady() -> None:
    sender = connected()
    now_ms = NOW
    for wait_ms in (500, 1000, 2000):
        sender.lost("no", now_ms, 1.0)
        sender.media([picture(now_ms, KEY)], now_ms)
        assert sender.tick(now_ms + wait_ms - 1, 0) == []
        now_ms += wait_ms
        assert sender.tick(now_ms, 0) == [CONNECT]
        sender.opened(now_ms)
    now_ms += STEADY_MS
    sender.lost("no", now_ms, 1.0)
    sender.media([picture(now_ms, KEY)], now_ms)
    assert sender.tick(now_ms + 500, 0) == [CONNECT]


def test_refusals_in_words_are_left_to_a_person_who_may_try_again() -> None:
    sender = fresh()
    now_ms = NOW
    assert sender.media(stream([KEY]), now_ms) == [CONNECT]
    for _ in range(SETTINGS.refusals_max - 1):
        sender.lost("no such key", now_ms, 1.0, refused=True)
        now_ms += SETTINGS.retry_limit_ms
        assert sender.tick(now_ms, 0) == [CONNECT]
    sender.lost("no such key", now_ms, 1.0, refused=True)
    assert (sender.state, sender.reason) == (SendingState.FAILED, "no such key")
    assert sender.tick(now_ms + 3_600_000, 0) == []
    assert sender.change(now_ms) == [CONNECT]
    assert sender.reason == ""


def test_a_place_that_still_holds_the_broken_connection_is_asked_until_it_lets_go() -> None:
    sender, now_ms = connected(), NOW + STEADY_MS
    sender.lost("it broke the connection", now_ms, 1.0)
    sender.media([picture(now_ms, KEY)], now_ms)
    attempts = 0
    while now_ms < NOW + HELD_MS:
        now_ms += 100
        attempts += bool(sender.tick(now_ms, 1.0))
        sender.lost("already publishing", now_ms, 1.0, refused=True)
        assert sender.state is SendingState.RETRYING
    assert attempts > SETTINGS.refusals_max
    for _ in range(SETTINGS.refusals_max):
        now_ms += HELD_MS
        sender.tick(now_ms, 1.0)
        sender.lost("no such key", now_ms, 1.0, refused=True)
    assert sender.state is SendingState.FAILED


def test_a_change_while_the_stream_ends_begins_nothing_that_nobody_would_end() -> None:
    sender = connected()
    assert sender.over(NOW) == []
    assert sender.change(NOW) == [GOODBYE]
    assert sender.state is SendingState.WAITING
    assert sender.tick(NOW + 1000, 0) == []


def test_who_does_not_answer_is_given_up() -> None:
    sender = fresh()
    sender.media(stream([KEY]), NOW)
    assert sender.tick(NOW + SETTINGS.connect_ms, 0) == []
    assert sender.tick(NOW + SETTINGS.connect_ms + 1, 0) == [CUT]
    assert sender.state is SendingState.RETRYING
    assert "did not answer within 8 s" in sender.reason


def test_who_takes_nothing_is_cut_off() -> None:
    sender = connected()
    drained(sender)
    for at_ms in range(NOW, NOW + SETTINGS.stuck_ms, FRAME_MS):
        sender.media([picture(at_ms, KEY if at_ms % 50 == 0 else REFERENCE)], at_ms)
    assert sender.tick(NOW + SETTINGS.stuck_ms, 0) == []
    assert sender.dropped > 0
    behind_ms = sender.behind_ms(NOW + SETTINGS.stuck_ms)
    assert behind_ms is not None
    assert behind_ms <= SETTINGS.queue_ms + 2000
    assert sender.tick(NOW + SETTINGS.stuck_ms + 1, 0) == [CUT]
    assert "took nothing for 8 s" in sender.reason


def test_a_way_that_is_too_slow_is_spoken_of_for_a_while() -> None:
    sender = connected()
    assert sender.trouble(NOW) == ""
    drained(sender)
    for at_ms in range(NOW, NOW + 3000, FRAME_MS):
        sender.media([picture(at_ms, REFERENCE)], at_ms)
    assert "too slow" in sender.trouble(NOW + 3000)
    assert sender.trouble(NOW + 3000 + SLOW_MS) == ""


def test_a_stream_that_pauses_is_nobodys_fault() -> None:
    sender = connected()
    for at_ms in range(NOW, NOW + 60_000, 100):
        drained(sender, at_ms)
        assert sender.tick(at_ms, 0) == []
    assert sender.state is SendingState.SENDING


def test_the_end_of_the_stream_is_told_after_its_last_frame() -> None:
    sender = connected()
    assert sender.over(NOW) == []
    assert len(drained(sender)) == 5
    assert sender.tick(NOW, 0) == [GOODBYE]
    assert sender.state is SendingState.WAITING
    assert sender.media(stream([KEY], EPOCH_MS + 60_000), NOW) == [CONNECT]


def test_a_goodbye_does_not_wait_for_who_takes_nothing() -> None:
    sender = connected()
    sender.over(NOW)
    assert sender.tick(NOW + GOODBYE_MS - 1, 0) == []
    assert sender.tick(NOW + GOODBYE_MS, 0) == [GOODBYE]


def test_a_connection_lost_at_the_end_is_not_made_again() -> None:
    sender = connected()
    sender.over(NOW)
    sender.lost("it closed the connection", NOW, 0)
    assert (sender.state, sender.reason) == (SendingState.WAITING, "")


def test_a_new_stream_does_not_go_on_with_the_old_ones_connection() -> None:
    sender = connected()
    sender.over(NOW)
    assert sender.media(stream([KEY], EPOCH_MS + 9000), NOW) == [GOODBYE, CONNECT]


def test_another_place_is_connected_to_at_once() -> None:
    sender = connected()
    assert sender.change(NOW) == [GOODBYE, CONNECT]
    sender.opened(NOW)
    assert sender.reconnects == 0


def test_another_size_is_only_told_and_another_codec_needs_a_connection() -> None:
    sender = connected()
    drained(sender)
    assert sender.media([OTHER_PICTURE, picture(EPOCH_MS + 40, KEY)], NOW) == []
    assert next(item for item, _ in drained(sender)) == OTHER_PICTURE
    hevc = replace(OTHER_PICTURE, codec=VideoCodec.HEVC)
    assert sender.media([hevc, picture(EPOCH_MS + 80, KEY)], NOW) == [GOODBYE, Open(hevc, SOUND)]


def test_what_nobody_can_send_is_left_to_a_person() -> None:
    sender = fresh()
    sender.media(stream([KEY]), NOW)
    assert sender.fail("the stream key is missing", NOW) == [CUT]
    assert (sender.state, sender.reason) == (SendingState.FAILED, "the stream key is missing")
    sender.media(stream([KEY], EPOCH_MS + 5000), NOW)
    assert sender.tick(NOW + 60_000, 0) == []


def test_a_repeated_keyframe_is_a_slate() -> None:
    sender = connected()
    key = picture(EPOCH_MS + 40, KEY)
    sender.media([key], NOW)
    assert not sender.slate
    sender.media([replace(key, dts_ms=EPOCH_MS + 80)], NOW)
    assert sender.slate
    sender.media([picture(EPOCH_MS + 120, REFERENCE)], NOW)
    assert not sender.slate


def test_a_batch_is_small_so_that_the_rest_can_still_be_left_out() -> None:
    sender = connected()
    drained(sender)
    big = [picture(EPOCH_MS + 40 * n, REFERENCE, 30_000) for n in range(1, 9)]
    sender.media(big, NOW)
    sizes = []
    while batch := sender.next(NOW):
        sizes.append(sum(len(item.data) for item, _ in batch if isinstance(item, VideoFrame)))
    assert len(sizes) > 2
    assert max(sizes) < BATCH_BYTES + 31_000


def test_figures_are_of_what_went_out() -> None:
    sender = connected()
    for item in seconds(4, EPOCH_MS + 40)[2:]:
        assert isinstance(item, VideoFrame | AudioFrame)
        sender.media([item], item.dts_ms)
        drained(sender, item.dts_ms)
    now_ms = EPOCH_MS + 4040
    video_bps, audio_bps, frame_rate = sender.rates(now_ms)
    assert video_bps > audio_bps > 0
    assert 24 <= frame_rate <= 26
    sender.lost("no", now_ms, 0)
    assert sender.rates(now_ms) == (0, 0, 0.0)
    assert sender.behind_ms(now_ms) is None


class AnyOrder(RuleBasedStateMachine):
    """Whatever happens in whatever order, there is one connection at most, and it is known."""

    def __init__(self) -> None:
        super().__init__()
        self.sender = fresh()
        self.now_ms = NOW
        self.media_ms = EPOCH_MS
        self.there = False
        self.times: dict[type, int] = {}

    def obey(self, commands: list[Command]) -> None:
        for command in commands:
            if isinstance(command, Open):
                assert not self.there
                self.there = True
                self.times = {}
            else:
                assert self.there
                self.there = False

    @rule(kind=st.sampled_from([KEY, REFERENCE]), configs=st.booleans())
    def media(self, kind: bytes, configs: bool) -> None:
        self.media_ms += FRAME_MS
        items = [PICTURE, SOUND] if configs else []
        self.obey(
            self.sender.media(
                [*items, picture(self.media_ms, kind), sound(self.media_ms)], self.now_ms
            )
        )

    @rule(gap_ms=st.integers(1, 30_000), dice=st.floats(0, 1))
    def time(self, gap_ms: int, dice: float) -> None:
        self.now_ms += gap_ms
        self.obey(self.sender.tick(self.now_ms, dice))

    @rule()
    def opened(self) -> None:
        if self.there:
            self.sender.opened(self.now_ms)

    @rule(refused=st.booleans())
    def lost(self, refused: bool) -> None:
        if self.there:
            self.there = False
            self.sender.lost("no", self.now_ms, 0.5, refused=refused)

    @rule()
    def over(self) -> None:
        self.obey(self.sender.over(self.now_ms))

    @rule()
    def change(self) -> None:
        self.obey(self.sender.change(self.now_ms))

    @rule()
    def fail(self) -> None:
        self.obey(self.sender.fail("no", self.now_ms))

    @rule(batches=st.integers(1, 9))
    def take(self, batches: int) -> None:
        for _ in range(batches):
            for item, time_ms in self.sender.next(self.now_ms):
                assert self.there
                if isinstance(item, VideoFrame | AudioFrame):
                    assert time_ms > self.times.get(type(item), -1)
                    self.times[type(item)] = time_ms

    @invariant()
    def a_connection_is_there_when_its_state_says_so(self) -> None:
        under_way = {SendingState.CONNECTING, SendingState.SENDING}
        assert (self.sender.state in under_way) is self.there


TestAnyOrder = AnyOrder.TestCase
