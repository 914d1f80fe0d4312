"""Who may do what at an edge: its administration, and later the viewers' rules."""

from dataclasses import dataclass


TOKEN_CHARACTERS_MIN = 16


@dataclass(frozen=True, slots=True)
class GuardSettings:
    admin_token: str = ""
    """Secret that purges and looks inside, sent as `Authorization: Bearer TOKEN`; at least 16 characters.
    Empty, and no file either: nobody may. Nodes that share it follow their parents' purges."""
    admin_token_file: str = ""
    """File whose first line is the admin token, so that the settings file holds no secret."""
    orders_max: int = 1_000
    """Purges in one request; more of them go in the next."""
    followers_max: int = 256
    """Lower nodes whose questions for purges are held at a time; the next one is answered at once."""
    follow_hold_s: float = 20.0
    """Seconds such a question is held when there is nothing to tell; below the idle limits of proxies."""
    follow_page: int = 1_000
    """Purges told in one answer."""
    follow_again_s: float = 3_600.0
    """Seconds until a parent that is no manycast node is asked for its purges again."""


def check(settings: GuardSettings) -> None:
    """Raise ValueError naming the first setting that cannot work."""
    if settings.admin_token and settings.admin_token_file:
        raise ValueError("guard.admin_token and guard.admin_token_file: set one of them")
    if settings.admin_token:
        check_token(settings.admin_token, "guard.admin_token")


def check_token(token: str, name: str) -> None:
    if len(token) < TOKEN_CHARACTERS_MIN or not token.isascii() or not token.isprintable():
        raise ValueError(
            f"{name}: use at least {TOKEN_CHARACTERS_MIN} printable ASCII characters,"
            " for example from: openssl rand -hex 16"
        )
