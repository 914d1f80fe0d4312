"""What a password must be: long, and not the first thing that anybody tries."""

from itertools import pairwise
from string import digits, punctuation


LENGTH_MIN = 12
LENGTH_MAX = 256
"""Longer ones add nothing but work for the server."""
CONTEXT = ("manycast", "broadcast", "streaming", "livestream", "controlroom")
"""Words of this place, which a guesser tries first."""
_WORDS = """
password passwort motdepasse contrasena letmein welcome iloveyou sunshine princess football baseball
superman batman dragon monkey shadow master trustno1 whatever starwars pokemon freedom michael jennifer
jordan hunter buster soccer hockey killer george charlie andrew daniel jessica ashley thomas summer
winter spring autumn qwerty qwertyuiop qwertz azerty asdfgh asdfghjkl zxcvbn zxcvbnm 1qaz2wsx qazwsx
abc abcd abcdef abcdefgh abcdefghijkl admin administrator root user guest test default changeme secret
login access passphrase correcthorsebatterystaple pass word secure security computer internet
"""
_COMMON = frozenset(_WORDS.split()) | frozenset(CONTEXT)
"""What the lists of leaked passwords that are long enough are made of: these words, repeated or with digits around them."""
_LEET = str.maketrans("@4301!$5780|", "aaeoiisstbol")


def weakness(password: str, *names: str) -> str | None:
    """Why not to take it, for the person who chose it; None: it is fine.

    ``names`` are of the person: a password is no copy of them. No rules about characters (NIST SP 800-63B, 3.1.1.2).
    """
    if len(password) < LENGTH_MIN:
        return f"Use at least {LENGTH_MIN} characters; a few words in a row are easy to remember."
    if len(password) > LENGTH_MAX:
        return f"Use at most {LENGTH_MAX} characters."
    if len(set(password)) < 5:
        return "Use more than a few different characters."
    if _is_common(password):
        return (
            "This is among the first passwords that anybody tries; take one that nobody else has."
        )
    if any(_is_made_of(password.casefold(), name.casefold()) for name in names):
        return "Do not make it of your name or address."
    return None


def _is_common(password: str) -> bool:
    folded = password.casefold()
    head = folded.rstrip(digits + punctuation).translate(_LEET)
    return _is_words(folded) or _is_words(head) or _is_run(folded)


def _is_words(text: str) -> bool:
    """Whether nothing is left without common words, digits and signs."""
    letters = "".join(character for character in text if character.isalpha())
    if not letters:
        return True
    ends = {0}
    for end in range(1, len(letters) + 1):
        if any(letters[start:end] in _COMMON for start in ends):
            ends.add(end)
    return len(letters) in ends


def _is_run(text: str) -> bool:
    """Whether almost every character follows the one before, as in 123456789abc, or repeats it."""
    steps = [ord(right) - ord(left) for left, right in pairwise(text)]
    return sum(step in {-1, 0, 1} for step in steps) > 0.75 * len(steps)


def _is_made_of(password: str, name: str) -> bool:
    parts = [part for part in (name, name.partition("@")[0]) if len(part) >= 3]
    rest = [password.replace(part, "") for part in parts]
    return any(len(left) < LENGTH_MIN / 2 for left in rest)
