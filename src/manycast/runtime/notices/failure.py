"""Why something could not be delivered, in words for whoever set the target up."""


class DeliveryError(Exception):
    """The message is a sentence without secrets: people read it in the list of deliveries."""

    def __init__(
        self, reason: str, *, final: bool = False, asked_s: float = 0.0, gone: bool = False
    ) -> None:
        super().__init__(reason)
        self.final = final
        """Another attempt would end the same."""
        self.asked_s = asked_s
        """How long the receiver asked to be left alone."""
        self.gone = gone
        """The receiver wants nothing any more."""
