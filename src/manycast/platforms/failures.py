"""How asking a platform fails: whose fault it is and what to do, in a sentence for people."""

from manycast.model.destinations import Platform


LABELS = {
    Platform.TWITCH: "Twitch",
    Platform.YOUTUBE: "YouTube",
    Platform.KICK: "Kick",
    Platform.CUSTOM: "The server",
}
SAID_MAX = 200
"""Characters of a platform's own words that people are shown."""


class PlatformError(Exception):
    """``str`` of it is for people and never holds a secret; ``said`` are the platform's own words, cut short."""

    sentence = "{label} did not do it."

    def __init__(self, platform: Platform, said: str = "") -> None:
        self.platform = platform
        self.said = _printable(said)
        text = self.sentence.format(label=LABELS[platform])
        super().__init__(f"{text} It says: {self.said}" if self.said else text)


class UnauthorizedError(PlatformError):
    """401: the access token is no good any more, and mostly a new one can be had."""

    sentence = "{label} does not let us in any more. Connect the account again."


class ForbiddenError(PlatformError):
    """403: the account may not do this, whoever asks in its name."""

    sentence = "{label} does not allow this to the connected account. Look there whether something is still to be set up, or connect it again with every permission."


class MissingError(PlatformError):
    sentence = "{label} does not know what was asked for. It may have been removed there."


class RefusedError(PlatformError):
    """What was asked for is not possible; asking again is no use."""

    sentence = "{label} refused it."


class NoAppError(PlatformError):
    sentence = "No app is set up for {label} yet. An administrator does that in the settings, under platforms."


class PendingError(PlatformError):
    """Somebody has begun to connect an account and did not agree yet."""

    sentence = "{label} waits for somebody to agree there."


class RateLimitedError(PlatformError):
    sentence = "{label} was asked too often and wants a pause. It is tried again by itself."

    def __init__(self, platform: Platform, retry_after_s: float, said: str = "") -> None:
        super().__init__(platform, said)
        self.retry_after_s = retry_after_s


class QuotaGoneError(PlatformError):
    sentence = "What {label} lets one app ask in a day is used up. It goes on by itself when the day there is over; an administrator can ask {label} for more."

    def __init__(self, platform: Platform, until_ms: int, said: str = "") -> None:
        super().__init__(platform, said)
        self.until_ms = until_ms


class AwayError(PlatformError):
    """No answer, or a 5xx. ``asked`` is False where the request cannot have arrived."""

    sentence = "{label} does not answer as it should just now. It is tried again by itself."

    def __init__(self, platform: Platform, said: str = "", *, asked: bool = True) -> None:
        super().__init__(platform, said)
        self.asked = asked


class MalformedError(PlatformError):
    sentence = "{label} answered something that is not in its documents. It may have changed: please report it."


def _printable(said: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in said).split())[:SAID_MAX]
