"""Publishing over WebRTC at the control role's own address: browsers reach no origin's HTTP, so it hands on what WHIP says.

The pictures themselves go straight to the origin. Who may publish is proved to it by the stream key.
"""

import re
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import PlainTextResponse

from manycast.api.context import Here
from manycast.control.fleet import Fleet
from manycast.model.fleet import Health, NodeRole
from manycast.runtime.origins import OriginAwayError


router = APIRouter(tags=["whip"], include_in_schema=False)
PATH = "/whip"
PLACES = "whip_places"
"""The number by which an origin tells how many may publish so at once."""
HANDED_ON = ("authorization", "content-type")
ANYBODY = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Location",
}
"""Pages of other sites may publish here too: what they need is the key, and no cookie is looked at."""
PREFLIGHT = ANYBODY | {
    "Access-Control-Allow-Methods": "POST, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "authorization, content-type",
    "Access-Control-Max-Age": "86400",
    "Accept-Post": "application/sdp",
}
SESSION = re.compile(r"[A-Za-z0-9_-]{1,64}")


def taker(fleet: Fleet) -> str | None:
    """The origin that carries the fewest streams of those that take publishers so; None where none does."""
    found = [
        (len(node.report.streams), name)
        for name, node in fleet.nodes.items()
        if node.report.role is NodeRole.ORIGIN
        and node.health is not Health.SILENT
        and node.report.numbers.get(PLACES)
    ]
    return min(found)[1] if found else None


async def _taken(here: Here) -> bool:
    return taker(here.network.fleet) is not None


TakesWhip = Annotated[bool, Depends(_taken)]
"""Whether an origin takes publishers over WebRTC."""


@router.post(PATH, operation_id="publish_by_whip")
async def publish_by_whip(request: Request, here: Here) -> Response:
    """An offer with a stream key as the bearer token; the reply's Location ends what it began."""
    origin = taker(here.network.fleet)
    if origin is None:
        return _refuse(
            503,
            "No origin takes publishers over WebRTC now: the extra 'whip' is not installed, or it is away.",
        )
    asked = {name: request.headers[name] for name in HANDED_ON if name in request.headers}
    try:
        body = await request.body()
        with here.origins.for_stranger():
            reply = await here.origins.post(origin, PATH, asked, body)
    except OriginAwayError as error:
        return _refuse(503, f"{error}.")
    return Response(reply.content, reply.status_code, _fields(reply.headers, origin))


@router.delete(PATH + "/sessions/{session}", operation_id="end_whip")
async def end_whip(
    session: str, here: Here, origin: Annotated[str, Query(max_length=300)]
) -> Response:
    """Who knows the session's name may end it."""
    if not SESSION.fullmatch(session):
        return _refuse(404, "There is no such session.")
    try:
        with here.origins.for_stranger():
            await here.origins.delete(origin, f"{PATH}/sessions/{session}")
    except OriginAwayError as error:
        return _refuse(503, f"{error}.")
    return Response(status_code=200, headers=ANYBODY)


@router.options(PATH, operation_id="allow_whip")
@router.options(PATH + "/sessions/{session}", operation_id="allow_whip_end")
async def allow_whip() -> Response:
    return Response(status_code=204, headers=PREFLIGHT)


def _fields(told: Mapping[str, str], origin: str) -> dict[str, str]:
    """The origin's, with a place of the session that names the origin."""
    fields = ANYBODY | {"Cache-Control": "no-store"}
    fields |= {name: told[name] for name in ("content-type", "retry-after") if name in told}
    if "location" in told:
        fields["Location"] = f"{told['location']}?origin={quote(origin, safe='')}"
    return fields


def _refuse(status: int, text: str) -> Response:
    return PlainTextResponse(f"{text}\n", status, ANYBODY)
