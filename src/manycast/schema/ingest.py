"""What an origin asks when a publisher comes."""

from typing import Annotated

from pydantic import Field, StringConstraints

from manycast.schema.values import Value


class AdmissionRequest(Value):
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] = Field(
        description="SHA-256 of the stream key, in hexadecimal."
    )


class Admission(Value):
    """The key is good."""

    channel: str = Field(description="The channel's name.")
    key_id: str
    kicks: int = Field(description="A connection ends when the channel's number grows beyond this.")
