from manycast.media.silence import DEFAULT_SILENCE
from manycast.model.media import StreamInfo
from manycast.origin.take import Take
from manycast.origin.timeline import Timeline
from manycast.settings.origin import OriginSettings


def take() -> Take:
    return Take(1, Timeline(OriginSettings(), 0), fresh_ms=5, heard_ms=5)


def test_sound_is_awaited_until_it_is_there_or_denied() -> None:
    one = take()
    assert one.awaits_audio
    one.info = StreamInfo(has_audio=False)
    assert not one.awaits_audio
    one.info = StreamInfo(has_audio=True)
    assert one.awaits_audio
    one.audio = DEFAULT_SILENCE
    assert not one.awaits_audio


def test_a_fresh_start_counts_from_its_first_moment() -> None:
    one = take()
    one.start_afresh(9)
    assert one.fresh_ms == 5
    one.fresh = False
    one.start_afresh(12)
    assert (one.fresh, one.fresh_ms) == (True, 12)
