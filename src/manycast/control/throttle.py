"""Guessing passwords: how often a stranger may try before he has to wait."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Allowance:
    """``burst`` failures at once, then one each ``each_ms``; the generic cell rate algorithm."""

    burst: int
    each_ms: int


PAIR = Allowance(burst=5, each_ms=60_000)
"""For one account from one address: a forgetful owner never notices, a guesser gets 65 tries in the first hour."""
ACCOUNT = Allowance(burst=30, each_ms=60_000)
"""For one account from everywhere: below the 100 an hour that NIST SP 800-63B allows."""
ADDRESS = Allowance(burst=30, each_ms=20_000)
"""For one address at all accounts: an office behind one address, but no list of a thousand names."""
CODE = Allowance(burst=10, each_ms=600_000)
"""Second factors of one account, from everywhere, by whoever has its password already: with six digits and three steps good at
once, a tenth of a percent a day at most."""
ENTRIES_MAX = 10_000
"""Accounts, addresses and pairs remembered, each: some 2 MB."""
FAMILIAR_MAX = 10_000
"""Pairs remembered because somebody logged in from there."""


class Throttle:
    """An attempt is paid for before the password is looked at, and refunded when it was right.

    So a thousand attempts at once get no further than a thousand in turn. Whoever logs in from an address where he did before is not
    held up by what strangers do to his account from elsewhere: nobody can lock another person out.
    Keeps no state outside of the process: a restart forgives.
    """

    def __init__(self, entries_max: int = ENTRIES_MAX) -> None:
        self._pairs = _Meters(PAIR, entries_max)
        self._accounts = _Meters(ACCOUNT, entries_max)
        self._addresses = _Meters(ADDRESS, entries_max)
        self._codes = _Meters(CODE, entries_max)
        self._familiar: dict[str, None] = {}

    def take(self, account: str, address: str, now_ms: int) -> int:
        """Milliseconds to wait before the next attempt; 0: this one may go on, and is paid for."""
        meters = list(self._concerned(account, address))
        wait_ms = max(meter.wait_ms(key, now_ms) for meter, key in meters)
        if not wait_ms:
            for meter, key in meters:
                meter.pay(key, now_ms)
        return wait_ms

    def refund(self, account: str, address: str, now_ms: int) -> None:
        """Nothing was guessed: the attempt that ``take`` let pass was right, or failed for another reason."""
        for meter, key in self._concerned(account, address):
            meter.refund(key, now_ms)

    def take_code(self, account: str, now_ms: int) -> int:
        """The same for a second factor; pay it back with ``refund_code`` when it was right."""
        wait_ms = self._codes.wait_ms(account, now_ms)
        if not wait_ms:
            self._codes.pay(account, now_ms)
        return wait_ms

    def refund_code(self, account: str, now_ms: int) -> None:
        self._codes.refund(account, now_ms)

    def succeeded(self, account: str, address: str, now_ms: int) -> None:
        """Somebody logged in to this account from there."""
        self.refund(account, address, now_ms)
        pair = _pair(account, address)
        self._familiar.pop(pair, None)
        if len(self._familiar) >= FAMILIAR_MAX:
            del self._familiar[next(iter(self._familiar))]
        self._familiar[pair] = None

    def _concerned(self, account: str, address: str) -> Iterable[tuple["_Meters", str]]:
        pair = _pair(account, address)
        yield self._pairs, pair
        if pair not in self._familiar:
            yield self._accounts, account
            yield self._addresses, address


def _pair(account: str, address: str) -> str:
    return f"{address} {account}"


class _Meters:
    """What each key owes, as the time at which it owes nothing."""

    def __init__(self, allowance: Allowance, entries_max: int) -> None:
        self._each_ms = allowance.each_ms
        self._slack_ms = (allowance.burst - 1) * allowance.each_ms
        self._entries_max = entries_max
        self._clear_at: dict[str, int] = {}

    def wait_ms(self, key: str, now_ms: int) -> int:
        return max(0, self._clear_at.get(key, 0) - now_ms - self._slack_ms)

    def pay(self, key: str, now_ms: int) -> None:
        if key not in self._clear_at and len(self._clear_at) >= self._entries_max:
            self._forget(now_ms)
        self._clear_at[key] = max(self._clear_at.get(key, 0), now_ms) + self._each_ms

    def refund(self, key: str, now_ms: int) -> None:
        clear_at = self._clear_at.get(key, 0) - self._each_ms
        if clear_at > now_ms:
            self._clear_at[key] = clear_at
        else:
            self._clear_at.pop(key, None)

    def _forget(self, now_ms: int) -> None:
        """Those who owe nothing, or else who owes least: a flood of names hides no account under attack."""
        clear = [key for key, at in self._clear_at.items() if at <= now_ms]
        for key in clear or [min(self._clear_at, key=self._clear_at.__getitem__)]:
            del self._clear_at[key]
