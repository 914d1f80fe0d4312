"""Where platforms tell what they tell by webhooks alone: anybody can send something here, so only signatures are believed."""

import logging

from fastapi import APIRouter, Request
from starlette.requests import ClientDisconnect

from manycast.api.context import Here
from manycast.api.problems import Problem, missing, refusals
from manycast.model.destinations import Platform
from manycast.platforms.failures import PlatformError
from manycast.platforms.kick.webhooks import ForgedError
from manycast.runtime.platforms.kick import Kick


log = logging.getLogger("manycast.platforms")

router = APIRouter(prefix="/webhooks", tags=["webhooks"])
BODY_BYTES_MAX = 65_536
"""Of an event: many times what a chat line needs."""
SIGNED = "Only what Kick has signed is taken, and each only once and soon."


@router.post(
    "/kick",
    operation_id="take_kick_webhook",
    responses=refusals(400, 404, 413, 502),
    max_body_size=BODY_BYTES_MAX,
)
async def take_kick_webhook(request: Request, here: Here) -> None:
    """What happens in the channels of connected accounts: chat, and going live.

    Answered 200 and nothing else: Kick sends again whatever was not, and after a day of that no more at all.
    """
    kick = here.platforms.drivers.get(Platform.KICK)
    if not isinstance(kick, Kick):
        raise missing("platform")
    try:
        headers = {name.lower(): value for name, value in request.headers.items()}
        await kick.webhooks.take(headers, await request.body())
    except ForgedError as error:
        log.warning("a webhook that claims to be Kick's was refused: %s", error)
        raise Problem(400, "not-signed", SIGNED) from error
    except PlatformError as error:
        raise Problem(502, "platform-away", str(error)) from error
    except ClientDisconnect as error:
        raise Problem(400, "incomplete", "The webhook broke off.") from error
