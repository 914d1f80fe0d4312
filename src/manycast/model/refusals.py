"""Why a publisher is turned away: text that a broadcaster can act on."""


class RefusedError(Exception):
    """The publisher is at fault; the message says what to change.

    ``code`` is the RTMP status code to answer with, for example ``NetStream.Publish.BadName``.
    """

    def __init__(self, message: str, code: str = "NetStream.Publish.Failed") -> None:
        super().__init__(message)
        self.code = code


class UnknownKeyError(RefusedError):
    """Nobody was given this key, or it was taken back."""

    def __init__(self) -> None:
        super().__init__(
            "unknown stream key; copy it again from manycast", code="NetStream.Publish.BadName"
        )
