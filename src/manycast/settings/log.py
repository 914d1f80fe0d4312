"""The access log of an edge: one JSON object in each line, written off the path of requests."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogSettings:
    file: str = ""
    """Where lines are appended; a file that was moved away is begun anew. Empty: no log."""
    one_in: int = 1
    """Requests for each that is logged: 1 logs all, 100 one in a hundred; `weight` in the line says so."""
    lines_max: int = 20_000
    """Lines that wait to be written; more are dropped and counted, requests never wait for the disk."""
    flush_s: float = 0.5
    """Seconds between writes."""
    hottest_one_in: int = 16
    """Requests for each that counts towards the hottest objects of `/_manycast/debug`."""
    hottest_places: int = 256
    """Objects that compete for that list: what makes up more than one in so many requests is in it."""
