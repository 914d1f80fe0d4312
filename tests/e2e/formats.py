"""What schemathesis cannot know of the API: a format of ours, and what our refusals mean."""

import schemathesis
from hypothesis import strategies
from schemathesis import Case, CheckContext, Response


schemathesis.openapi.format(
    "time-zone", strategies.sampled_from(["UTC", "Europe/Berlin", "America/Sao_Paulo"])
)


@schemathesis.check
def is_taken_for_what_it_is(ctx: CheckContext, response: Response, case: Case) -> None:
    """A request that the schema allows may be impossible, but never malformed."""
    del ctx
    positive = case.meta is not None and case.meta.generation.mode.is_positive
    if positive and response.status_code == 422:
        assert response.json()["type"] != "urn:manycast:problem:invalid", response.text
