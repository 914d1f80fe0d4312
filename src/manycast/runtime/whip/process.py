"""The process of one publisher: its offer comes on standard input, the answer and then FLV go to a pipe."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable

from manycast.model.whip import WhipAnswer, WhipOffer, answer_line, read_offer
from manycast.runtime.whip import terms
from manycast.runtime.whip.session import OfferError, Patience, Session


log = logging.getLogger("manycast.whip")

OFFER_BYTES_MAX = 1 << 18
"""Of the first line: an offer is some kilobytes."""
UNSENT_BYTES_MAX = 16_000_000
"""Of FLV that the origin does not take: some ten seconds."""


async def run(output: int, stop: asyncio.Event) -> None:
    """Until ``stop``, the publisher's end, or that of standard input. Raises ValueError for a line that is no offer."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=OFFER_BYTES_MAX)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    offer = read_offer(await reader.readline())
    transport, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, os.fdopen(output, "wb", 0))

    def write(data: bytes) -> None:
        if transport.is_closing() or transport.get_write_buffer_size() > UNSENT_BYTES_MAX:
            stop.set()
        else:
            transport.write(data)

    async with asyncio.TaskGroup() as group:
        leash = group.create_task(_follow(reader, stop))
        log.warning("%s", await _publish(offer, write, stop))
        leash.cancel()
    transport.close()


async def _publish(offer: WhipOffer, write: Callable[[bytes], None], stop: asyncio.Event) -> str:
    """Why it ended."""
    terms.install(offer)
    session = Session(
        write,
        Patience(
            keyframe_s=offer.keyframe_ms / 1000,
            connect_s=offer.connect_ms / 1000,
            silent_s=offer.silent_ms / 1000,
        ),
    )
    try:
        answer = terms.announced(await session.answer(offer.sdp), offer.addresses)
    except OfferError as error:
        write(answer_line(WhipAnswer(refusal=f"{error}")))
        return str(error)
    write(answer_line(WhipAnswer(sdp=answer, audio=session.has_audio)))
    return await session.run(stop)


async def _follow(reader: asyncio.StreamReader, stop: asyncio.Event) -> None:
    """The origin ends it, or is gone."""
    while await reader.read(OFFER_BYTES_MAX):
        pass
    stop.set()
