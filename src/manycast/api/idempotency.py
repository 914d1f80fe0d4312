"""`Idempotency-Key`: a creation that is asked for twice, since a reply was lost, happens once."""

import hashlib
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from sqlalchemy import delete
from sqlalchemy.orm import Session

from manycast.api.access import principal
from manycast.api.context import Context, Here
from manycast.api.problems import Problem
from manycast.api.versions import etag
from manycast.control.permissions import Principal
from manycast.runtime.store.tables.idempotency import Idempotency
from manycast.schema.values import Value


KEPT_MS = 86_400_000
"""A day: longer than any client goes on trying."""
CREATED = 201


class Replay(Exception):  # noqa: N818  no error: the answer to a request that came before
    """Leaves the transaction without a trace and answers as the first time."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


@dataclass(frozen=True, slots=True)
class Once:
    """In the transaction that creates: ``look`` first, ``keep`` last."""

    here: Context
    owner: str
    key: str | None
    request: str
    """SHA-256 of method, path and body."""

    def look(self, db: Session) -> None:
        """Raise Replay when this was done already, Problem 409 when the key was for something else."""
        if self.key is None:
            return
        kept = db.get(Idempotency, (self.owner, self.key))
        if kept is None:
            return
        if kept.request != self.request:
            raise Problem(
                409, "idempotency-key-reused", "This Idempotency-Key was for another request."
            )
        body = self.here.store.secrets.open(kept.sealed)
        headers = {**kept.headers, "Idempotency-Replayed": "true"}
        raise Replay(Response(body, kept.status, headers, "application/json"))

    def keep(
        self, db: Session, made: Value, status: int = CREATED, version: int | None = None
    ) -> None:
        if self.key is None:
            return
        now = self.here.now_ms()
        db.execute(delete(Idempotency).where(Idempotency.at_ms < now - KEPT_MS))
        db.add(
            Idempotency(
                owner=self.owner,
                key=self.key,
                at_ms=now,
                request=self.request,
                status=status,
                headers={} if version is None else {"ETag": etag(version)},
                sealed=self.here.store.secrets.seal(made.model_dump_json()),
            )
        )


async def once(
    request: Request,
    here: Here,
    who: Annotated[Principal, Depends(principal)],
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=100,
            pattern="^[!-~]+$",
            description="Any text of your own, such as a UUID: repeated with the same body within a day,"
            " nothing new is made and the first answer comes again.",
        ),
    ] = None,
) -> Once:
    digest = hashlib.sha256(f"{request.method} {request.url.path}\n".encode())
    digest.update(await request.body())
    return Once(here, who.user_id, idempotency_key, digest.hexdigest())


OnlyOnce = Annotated[Once, Depends(once)]
