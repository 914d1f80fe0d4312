import asyncio

import pytest

from manycast.media.annexb import START
from manycast.media.rtp_frames import RtpFrame
from manycast.runtime.whip import session as module
from manycast.runtime.whip.session import OfferError, Patience, Session


PATIENCE = Patience(keyframe_s=2.0, connect_s=0.05, silent_s=0.05)
SPS = bytes.fromhex("6742c00dda0507ec044000000300400000076a3c50aa80")
PPS = bytes.fromhex("68ce0fc8")


def coded(at: int, *units: bytes, gap: bool = False) -> RtpFrame:
    return RtpFrame(3000 * at, b"".join(START + unit for unit in units), gap)


async def test_nothing_is_passed_on_before_a_keyframe_nor_after_a_loss_until_the_next() -> None:
    written: list[bytes] = []
    session = Session(written.append, PATIENCE)
    session._see(coded(0, b"\x41early"))
    assert written == []
    session._see(coded(1, SPS, PPS, b"\x65key"))
    session._see(coded(2, b"\x41next"))
    assert len(written) == 3
    session._see(coded(4, b"\x41broken", gap=True))
    session._see(coded(5, b"\x41too"))
    assert len(written) == 3
    assert session._wants_key.is_set()
    session._see(coded(6, SPS, PPS, b"\x65key"))
    session._see(coded(7, b"\x41next"))
    assert len(written) == 5


async def test_sound_begins_with_what_it_is() -> None:
    written: list[bytes] = []
    session = Session(written.append, PATIENCE)
    for at in range(3):
        session._hear(RtpFrame(960 * at, b"sound", gap=False))
    assert [b"OpusHead" in tag for tag in written] == [True, False, False, False]


async def test_an_offer_without_pictures_is_refused() -> None:
    session = Session(lambda _: None, PATIENCE)
    with pytest.raises(OfferError, match="no video"):
        await session.answer("v=0\r\n")
    await session._peer.close()


async def test_a_publisher_who_never_comes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WATCH_S", 0.01)
    session = Session(lambda _: None, PATIENCE)

    class Silent:
        heard_s = 0.0

        async def tick(self) -> None:
            await asyncio.Event().wait()

        async def ask_keyframe(self) -> None:
            return

    session._receivers["video"] = Silent()  # type: ignore[assignment]  what of a receiver is called here
    async with asyncio.timeout(20):
        reason = await session.run(asyncio.Event())
    assert "is UDP let through?" in reason


def test_names_that_only_the_publishers_network_knows_are_left_out() -> None:
    offer = "v=0\r\na=candidate:1 1 udp 1 abc.local 5000 typ host\r\na=mid:0\r\n"
    assert module._reachable(offer) == "v=0\r\na=mid:0\r\n"
