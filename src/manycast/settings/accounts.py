"""Who may log in, for how long."""

from dataclasses import dataclass


_ROLES = ("", "viewer", "broadcaster", "operator", "admin")


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
    second_factor_from: str = ""
    """Whoever has this role or more, such as ``operator``, may only touch their own account until it has a second factor; empty: it is everybody's own choice. Accounts without a password are the provider's of single sign-on to protect."""


def check(settings: AccountsSettings) -> None:
    """Raise ValueError naming the first setting that cannot work."""
    if settings.second_factor_from not in _ROLES:
        raise ValueError(f"accounts.second_factor_from: one of {', '.join(_ROLES[1:])}")
    if settings.session_idle_s > settings.session_max_s:
        raise ValueError("accounts.session_idle_s: at most accounts.session_max_s")
