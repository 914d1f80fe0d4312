from dataclasses import replace

from hypothesis import given, strategies as st
from tests.destination.frames import (
    EPOCH_MS,
    FRAME_MS,
    IDLE,
    KEY,
    OTHER_PICTURE,
    PICTURE,
    REFERENCE,
    SOUND,
    Item,
    kinds,
    picture,
    sound,
    stream,
)

from manycast.destination.backlog import HELD_BYTES_MAX, Backlog
from manycast.model.media import AudioConfig, AudioFrame, VideoConfig, VideoFrame


LIMIT_MS = 1000


def put(backlog: Backlog, item: Item) -> None:
    if isinstance(item, VideoConfig | AudioConfig):
        backlog.configure(item)
    else:
        backlog.push(item)


def drained(backlog: Backlog) -> list[Item]:
    taken: list[Item] = []
    while (item := backlog.pop()) is not None:
        taken.append(item)
    return taken


def flowing(items: list[Item], takes: list[int]) -> tuple[Backlog, list[Item]]:
    """What comes out when after each item so many are taken."""
    backlog, taken = Backlog(LIMIT_MS), list[Item]()
    backlog.start()
    for index, item in enumerate(items):
        put(backlog, item)
        for _ in range(takes[index % len(takes)] if takes else 0):
            one = backlog.pop()
            if one is not None:
                taken.append(one)
    return backlog, taken


rates = st.lists(st.integers(0, 6), max_size=40)


def undecodable(sent: list[VideoFrame], shape: list[bytes]) -> list[VideoFrame]:
    """Pictures of which one that they are decoded from was not sent."""
    there = {frame.dts_ms for frame in sent}
    broken = []
    whole = False
    for number, kind in enumerate(shape):
        time_ms = EPOCH_MS + number * FRAME_MS
        whole = (whole or kind == KEY) and (time_ms in there or kind == IDLE)
        if time_ms in there and not whole:
            broken.append(picture(time_ms, kind))
    return broken


@given(kinds, rates)
def test_no_picture_goes_out_without_all_that_it_is_decoded_from(
    shape: list[bytes], takes: list[int]
) -> None:
    backlog, taken = flowing(stream(shape), takes)
    sent = [item for item in taken + drained(backlog) if isinstance(item, VideoFrame)]
    assert not undecodable(sent, shape)


@given(kinds, rates)
def test_what_waits_is_never_longer_than_the_limit(shape: list[bytes], takes: list[int]) -> None:
    backlog, _ = flowing(stream(shape), takes)
    waiting = drained(backlog)
    for kind in (VideoFrame, AudioFrame):
        times = [item.dts_ms for item in waiting if isinstance(item, kind)]
        assert not times or times[-1] - times[0] <= LIMIT_MS


@given(kinds, rates)
def test_each_track_stays_in_order_and_nothing_comes_twice(
    shape: list[bytes], takes: list[int]
) -> None:
    backlog, taken = flowing(stream(shape), takes)
    taken += drained(backlog)
    for kind in (VideoFrame, AudioFrame):
        times = [item.dts_ms for item in taken if isinstance(item, kind)]
        assert times == sorted(set(times))


@given(kinds)
def test_a_way_that_keeps_up_gets_everything_from_the_first_keyframe_on(shape: list[bytes]) -> None:
    backlog, taken = flowing(stream(shape), [6])
    taken += drained(backlog)
    first = shape.index(KEY) if KEY in shape else len(shape)
    wanted = [EPOCH_MS + n * FRAME_MS for n in range(first, len(shape))]
    assert [item.dts_ms for item in taken if isinstance(item, VideoFrame)] == wanted
    assert len([item for item in taken if isinstance(item, AudioFrame)]) == 2 * len(wanted)
    assert backlog.dropped == 0


@given(kinds, rates)
def test_once_begun_every_frame_is_sent_or_counted(shape: list[bytes], takes: list[int]) -> None:
    shape = [KEY, *shape]
    begun = 2 + 3  # configs, the first picture, its sound
    backlog, taken = flowing(stream(shape), [6] * begun + takes + [0] * 3 * len(shape))
    taken += drained(backlog)
    frames = [item for item in taken if isinstance(item, VideoFrame | AudioFrame)]
    assert len(frames) + backlog.dropped == 3 * len(shape)


def test_pictures_that_none_refers_to_go_first() -> None:
    shape = [KEY] + [REFERENCE, IDLE] * 10
    backlog, taken = flowing(stream(shape), [])
    assert not taken
    times = [item.dts_ms - EPOCH_MS for item in drained(backlog) if isinstance(item, VideoFrame)]
    assert times == [0, *(n * FRAME_MS for n in range(1, 21, 2))]
    assert backlog.dropped == 10


def test_both_configs_come_first_and_a_new_one_before_its_picture() -> None:
    backlog = Backlog(LIMIT_MS)
    for item in stream([KEY]):
        put(backlog, item)
    backlog.start()
    assert drained(backlog)[:2] == [PICTURE, SOUND]
    backlog.configure(OTHER_PICTURE)
    late = picture(EPOCH_MS + 40, REFERENCE)
    backlog.push(late)
    assert backlog.pop() is None
    key = picture(EPOCH_MS + 80, KEY)
    backlog.push(key)
    other_sound = replace(SOUND, channels=1)
    backlog.configure(other_sound)
    backlog.push(sound(EPOCH_MS + 90))
    assert drained(backlog) == [OTHER_PICTURE, key, other_sound, sound(EPOCH_MS + 90)]


def test_while_nobody_takes_the_newest_group_waits_for_who_comes() -> None:
    backlog = Backlog(LIMIT_MS)
    for item in stream([KEY, REFERENCE, KEY, REFERENCE]):
        put(backlog, item)
    assert backlog.ready
    backlog.start()
    kept = drained(backlog)
    assert [item.dts_ms - EPOCH_MS for item in kept if isinstance(item, VideoFrame)] == [80, 120]
    assert kept[3] == sound(EPOCH_MS + 80)
    assert backlog.dropped == 0


def test_a_group_that_is_old_already_is_not_begun_with() -> None:
    backlog = Backlog(LIMIT_MS)
    for item in stream([KEY] + [REFERENCE] * 20):
        put(backlog, item)
    backlog.start()
    assert backlog.pop() is None
    backlog.push(picture(EPOCH_MS + 840, REFERENCE))
    assert backlog.pop() is None
    backlog.push(picture(EPOCH_MS + 880, KEY))
    assert backlog.pop() == PICTURE


def test_a_connection_lost_leaves_only_what_can_be_begun_with() -> None:
    backlog, _ = flowing(stream([KEY, REFERENCE, REFERENCE]), [6])
    backlog.push(picture(EPOCH_MS + 120, REFERENCE))
    backlog.stop()
    assert not backlog.ready
    backlog.push(picture(EPOCH_MS + 160, REFERENCE))
    assert not backlog.ready
    backlog.push(picture(EPOCH_MS + 200, KEY))
    assert backlog.ready


def test_what_is_held_has_a_limit_in_bytes() -> None:
    backlog = Backlog(LIMIT_MS)
    backlog.configure(PICTURE)
    backlog.configure(SOUND)
    backlog.push(picture(EPOCH_MS, KEY, HELD_BYTES_MAX // 2))
    assert backlog.ready
    backlog.push(picture(EPOCH_MS + 40, REFERENCE, HELD_BYTES_MAX // 2))
    assert not backlog.ready
    assert backlog.oldest_ms is None


def test_a_cleared_backlog_waits_for_a_keyframe() -> None:
    backlog, _ = flowing(stream([KEY]), [])
    backlog.clear()
    assert backlog.empty
    backlog.push(picture(EPOCH_MS + 40, REFERENCE))
    assert backlog.empty
