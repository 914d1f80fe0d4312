"""Who may log in, for how long."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AccountsSettings:
    session_idle_s: int = 7 * 86_400
    """A browser that asked for nothing for so long has to log in again: a week, since a broadcaster may go live on Sundays only."""
    session_max_s: int = 30 * 86_400
    """However busy, a browser has to log in again after this: the most that ASVS lets pass without a new proof."""
    confirm_s: int = 600
    """Without a password to ask for, a change of one's own credentials needs a log-in no older than this."""
    invitation_s: int = 7 * 86_400
    """How long the link of an invitation or of a password reset works, unless whoever makes it says less."""
