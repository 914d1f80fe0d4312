"""Stands in for the process of a destination: speaks its lines, and misbehaves as the destination's address says."""

import json
import signal
import sys
import time


def write(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def say(order: dict[str, object], state: str, **more: object) -> None:
    grant = order["grant"]
    assert isinstance(grant, dict)
    report = {"id": grant["id"], "state": state, "since_ms": 1, "sent_bytes": 1000, **more}
    write(json.dumps(report))


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    for line in sys.stdin:
        order = json.loads(line)
        url = order["grant"]["url"]
        say(order, "sending", rendition=order["grant"]["rendition"], reason=order["feed"])
        if url == "peer://dies":
            sys.exit(7)
        if url == "peer://babbles":
            write("Traceback (most recent call last):")
            write("x" * 100_000)
            say(order, "failed", reason="after the babble")
        if url == "peer://stubborn":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            say(order, "sending", reason="deaf")
            while True:
                time.sleep(1000)
        if url == "peer://leaves":
            say(order, "waiting")


if __name__ == "__main__":
    main()
