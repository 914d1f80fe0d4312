"""One-time passwords by time (RFC 6238), as the apps on people's phones make them."""

import hmac
import re

from pyotp import TOTP


STEP_S = 30
DRIFT_STEPS = 1
"""A phone's clock may be this far off, either way."""
ISSUER = "manycast"
_CODE = re.compile(r"[0-9]{6}")


def accepted_step(secret: str, code: str, now_ms: int, last_step: int) -> int | None:
    """The step of time that a right code belongs to; None for a wrong one, or one not later than ``last_step``.

    Keep the step: the same code, read over somebody's shoulder, is no good a second time.
    """
    digits = code.replace(" ", "")
    if not _CODE.fullmatch(digits):
        return None
    totp = TOTP(secret, interval=STEP_S)
    now = now_ms // 1000 // STEP_S
    found = None
    for step in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1):
        if hmac.compare_digest(totp.generate_otp(step), digits) and step > last_step:
            found = step
    return found


def link(secret: str, name: str) -> str:
    """What the QR code holds."""
    return TOTP(secret, interval=STEP_S).provisioning_uri(name=name, issuer_name=ISSUER)
