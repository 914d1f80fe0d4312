"""Every setting as frozen dataclass groups: unit, default, reason."""
