"""Bytes as people write them."""

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12,
          "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}  # fmt: skip


def parse_bytes(text: str) -> int:
    """With a decimal (k, M, G, T) or binary (Ki, Mi, Gi, Ti) unit and an optional B; raises ValueError."""
    lower = text.strip().lower().removesuffix("b")
    number = lower.rstrip("kmgti")
    unit = lower[len(number) :]
    if unit not in _UNITS or not (number.isascii() and number.isdigit()) or int(number) == 0:
        raise ValueError(f"{text!r}: a size is a number with B, KB, MB, GB, TB, MiB, GiB")
    return int(number) * _UNITS[unit]


def show_bytes(size: int) -> str:
    """Three digits and a decimal unit: 12.3 MB."""
    value = float(size)
    for unit in ("B", "KB", "MB", "GB"):
        if value < 999.5:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.3g} TB"
