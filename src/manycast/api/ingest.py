"""Whether a stream key is good: origins ask when somebody begins to publish."""

from typing import Annotated

from fastapi import APIRouter

from manycast.api.access import may
from manycast.api.context import Here
from manycast.api.problems import missing, refusals
from manycast.control.permissions import Action, Principal
from manycast.runtime.store import channels
from manycast.schema.ingest import Admission, AdmissionRequest


router = APIRouter(prefix="/ingest", tags=["nodes"])
Node = Annotated[Principal, may(Action.NODE)]


@router.post("/admissions", operation_id="admit_publisher", responses=refusals(404))
def admit_publisher(asked: AdmissionRequest, here: Here, who: Node) -> Admission:
    del who
    with here.store.record() as db:
        found = channels.by_digest(db, asked.digest)
        if found is None:
            raise missing("stream key")
        channel, key = found
        channels.used(db, key.id, here.now_ms())
    return Admission(channel=channel.name, key_id=key.id, kicks=channel.kicks)
