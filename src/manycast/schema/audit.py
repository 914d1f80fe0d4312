"""Who changed what."""

from datetime import datetime
from typing import Any

from pydantic import Field

from manycast.schema.values import Value


class AuditEntry(Value):
    id: str
    at: datetime
    actor_id: str | None = Field(description="Null for the machine itself.")
    actor: str
    credential_id: str | None = Field(description="The session or API key that was used.")
    address: str
    action: str = Field(examples=["channel.create"])
    target: str = Field(description="The id or name of what was changed.")
    detail: dict[str, Any]
