"""What can be wrong with media bytes, and whose fault it is: always the sender's."""


class MediaError(ValueError):
    """The bytes cannot be used; the message names the field and the offending value."""


class MalformedError(MediaError):
    """The bytes break their own format."""


class UnsupportedError(MediaError):
    """The bytes are fine, but manycast does not carry this codec or feature; the message names it."""
