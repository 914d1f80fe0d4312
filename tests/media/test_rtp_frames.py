from hypothesis import given, strategies as st

from manycast.media.rtp_frames import SEQUENCES, WINDOW, Reassembly, RtpFrame, RtpPiece


def pieces(frames: int, each: int = 3, first: int = 65_530) -> list[RtpPiece]:
    """``frames`` frames of ``each`` packets; their numbers wrap on the way."""
    return [
        RtpPiece(
            (first + frame * each + part) % SEQUENCES,
            3000 * frame,
            part == each - 1,
            b"%d.%d " % (frame, part),
        )
        for frame in range(frames)
        for part in range(each)
    ]


def whole(frame: int, each: int = 3, *, gap: bool = False) -> RtpFrame:
    return RtpFrame(3000 * frame, b"".join(b"%d.%d " % (frame, n) for n in range(each)), gap)


def test_a_frame_is_there_with_its_last_packet() -> None:
    frames = Reassembly(300)
    found = [frames.add(piece, 0) for piece in pieces(2)]
    assert found == [[], [], [whole(0)], [], [], [whole(1)]]


@given(st.integers(1, 8), st.integers(1, 5), st.randoms(use_true_random=False))
def test_whatever_order_packets_come_in_frames_are_whole_and_in_order(
    count: int, each: int, dice: object
) -> None:
    first, *others = pieces(count, each)
    shuffled = list(others)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    frames = Reassembly(300)
    found = [one for piece in [first, *shuffled, *others] for one in frames.add(piece, 0)]
    assert found == [whole(frame, each) for frame in range(count)]
    assert frames.missing() == []


@given(st.sets(st.integers(1, 29), max_size=12))
def test_what_is_lost_costs_its_own_frames_and_at_most_the_next_and_is_told(lost: set[int]) -> None:
    sent = pieces(12)
    frames = Reassembly(300)
    found: list[RtpFrame] = []
    for number, piece in enumerate(sent):
        if number not in lost:
            found += frames.add(piece, number)
    for now_ms in range(300, 6000, 300):
        found += frames.give_up(now_ms)
    good = [n for n in range(12) if not lost & set(range(3 * n, 3 * n + 3))]
    times = [frame.timestamp // 3000 for frame in found]
    assert times == sorted(times)
    assert set(times) <= set(good)
    safe = {n for n in good if n == 0 or n - 1 in good}
    assert safe <= set(times), "where a frame begins behind a loss is not always to be seen"
    before = -1
    for frame, number in zip(found, times, strict=True):
        assert frame == whole(number, gap=number != before + 1)
        before = number


def test_a_missing_packet_is_named_until_it_comes() -> None:
    frames, sent = Reassembly(300), pieces(2)
    frames.add(sent[0], 0)
    frames.add(sent[2], 0)
    assert frames.missing() == [sent[1].sequence]
    assert frames.give_up(299) == []
    assert frames.add(sent[1], 299) == [whole(0)]
    assert frames.missing() == []


def test_it_waits_no_longer_than_it_was_told_to() -> None:
    frames, sent = Reassembly(300), pieces(3)
    for piece in (sent[0], *sent[2:]):
        assert frames.add(piece, 10) == []
    assert frames.give_up(309) == []
    assert frames.give_up(310) == [whole(1, gap=True), whole(2)]
    assert frames.add(sent[1], 311) == [], "it comes too late"


def test_a_frame_whose_marked_packet_never_was_ends_with_the_next_one() -> None:
    frames = Reassembly(300)
    frames.add(RtpPiece(1, 0, marker=False, data=b"a"), 0)
    assert frames.add(RtpPiece(2, 3000, marker=True, data=b"b"), 0) == [
        RtpFrame(0, b"a", gap=False),
        RtpFrame(3000, b"b", gap=False),
    ]


def test_every_packet_of_sound_is_a_frame() -> None:
    frames = Reassembly(100, single=True)
    one, two, three = (RtpPiece(n, 960 * n, marker=False, data=b"x") for n in (1, 2, 3))
    assert len(frames.add(one, 0)) == 1
    assert frames.add(three, 0) == []
    assert len(frames.add(two, 50)) == 2
    assert frames.add(RtpPiece(5, 4800, marker=False, data=b"y"), 100) == []
    assert frames.give_up(200) == [RtpFrame(4800, b"y", gap=True)]


def test_a_sender_that_begins_anew_is_followed() -> None:
    frames = Reassembly(300)
    frames.add(RtpPiece(1, 0, marker=True, data=b"a"), 0)
    far = RtpPiece(1 + WINDOW * 2, 90_000, marker=True, data=b"b")
    assert frames.add(far, 0) == [RtpFrame(90_000, b"b", gap=True)]


@given(st.lists(st.tuples(st.integers(0, SEQUENCES - 1), st.integers(0, 5), st.booleans())))
def test_no_packets_do_harm(sent: list[tuple[int, int, bool]]) -> None:
    frames = Reassembly(10)
    for now, (sequence, timestamp, marker) in enumerate(sent):
        frames.add(RtpPiece(sequence, timestamp, marker, b"x"), now)
        frames.give_up(now)
        assert len(frames._held) <= WINDOW + 1
        assert len(frames.missing()) <= WINDOW
