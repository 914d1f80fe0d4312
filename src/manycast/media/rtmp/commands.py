"""Commands of a publisher and our replies to them."""

from dataclasses import dataclass
from typing import Final

from manycast.media import amf0
from manycast.media.amf0 import Value
from manycast.media.errors import MalformedError
from manycast.media.rtmp import capabilities
from manycast.media.rtmp.messages import Kind, Message


APPLICATION: Final = "live"
CHUNK_STREAM: Final = 3


@dataclass(frozen=True, slots=True)
class Request:
    name: str
    transaction: float
    arguments: list[Value]
    """The command object (or None), then what the command takes."""

    def text(self, index: int) -> str:
        """The argument as text, empty where it is absent or something else."""
        value = self.arguments[index] if index < len(self.arguments) else None
        return value if isinstance(value, str) else ""

    def properties(self, index: int) -> dict[str, Value]:
        value = self.arguments[index] if index < len(self.arguments) else None
        return value if isinstance(value, dict) else {}


def parse(message: Message) -> Request:
    values = message.values()
    name = values[0] if values else None
    transaction = values[1] if len(values) > 1 else 0.0
    if not isinstance(name, str) or not isinstance(transaction, float):
        raise MalformedError("RTMP: a command without a name or a transaction number")
    return Request(name, transaction, values[2:])


def command(name: str, transaction: float, *arguments: Value, stream_id: int = 0) -> Message:
    return Message(Kind.COMMAND, 0, stream_id, amf0.encode(name, transaction, *arguments))


def status(level: str, code: str, description: str, stream_id: int) -> Message:
    information = _information(level, code, description)
    return command("onStatus", 0, None, information, stream_id=stream_id)


def result(request: Request, value: Value) -> Message:
    return command("_result", request.transaction, None, value)


def error(request: Request, code: str, description: str) -> Message:
    return command("_error", request.transaction, None, _information("error", code, description))


def connected(request: Request) -> Message:
    """The answer to ``connect``; clients look for the enhanced capabilities in either object."""
    enhanced = capabilities.answer(request.properties(0))
    information = _information("status", "NetConnection.Connect.Success", "Connected.")
    return command(
        "_result",
        request.transaction,
        {"fmsVer": "FMS/3,0,1,123", "capabilities": 31.0, **enhanced},
        {**information, "objectEncoding": 0.0, **enhanced},
    )


def application(request: Request) -> str:
    """The application a ``connect`` asks for, without what encoders hang on to it."""
    asked = request.properties(0).get("app")
    return asked.partition("?")[0].strip("/") if isinstance(asked, str) else ""


def _information(level: str, code: str, description: str) -> dict[str, Value]:
    return {"level": level, "code": code, "description": description}
