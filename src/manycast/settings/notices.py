"""How hard the control role tries to tell people what happened."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NoticesSettings:
    give_up_s: float = 21_600.0
    """After six hours of trying a notice has failed: whoever learns of a stream later learns history."""
    timeout_s: float = 10.0
    """For one attempt as a whole, from the address to the answer."""
    private_targets: bool = False
    """Let webhooks and chats lead to loopback, private and link-local addresses, where they would reach what only this
    machine can. For receivers in one's own network."""
    kept_days: float = 30.0
    """What was delivered, or failed, is listed this long."""
