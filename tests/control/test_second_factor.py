from hypothesis import given, strategies as st
from pyotp import TOTP

from manycast.control.second_factor import STEP_S, accepted_step, link


SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
moments = st.integers(1_000_000_000_000, 4_000_000_000_000)


def code(now_ms: int) -> str:
    return str(TOTP(SECRET).at(now_ms // 1000))


@given(moments, st.integers(-STEP_S, STEP_S))
def test_a_phone_may_be_half_a_minute_off(now_ms: int, off_s: int) -> None:
    assert accepted_step(SECRET, code(now_ms + off_s * 1000), now_ms, 0)


@given(moments, st.integers(-STEP_S, STEP_S), st.integers(0, 3 * STEP_S))
def test_no_code_is_taken_twice(now_ms: int, off_s: int, later_s: int) -> None:
    shown = code(now_ms + off_s * 1000)
    step = accepted_step(SECRET, shown, now_ms, 0)
    assert step is not None
    again = accepted_step(SECRET, shown, now_ms + later_s * 1000, step)
    assert again is None or again > step


@given(moments, st.text(max_size=8))
def test_anything_else_is_refused(now_ms: int, given_code: str) -> None:
    near = {code(now_ms + step * STEP_S * 1000) for step in (-1, 0, 1)}
    if given_code.replace(" ", "") not in near:
        assert accepted_step(SECRET, given_code, now_ms, 0) is None


def test_digits_may_be_grouped_as_phones_show_them() -> None:
    now_ms = 1_700_000_000_000
    shown = code(now_ms)
    assert accepted_step(SECRET, f"{shown[:3]} {shown[3:]}", now_ms, 0)


def test_the_link_names_the_place_and_the_person() -> None:
    assert link(SECRET, "ann").startswith("otpauth://totp/manycast:ann?secret=" + SECRET)
