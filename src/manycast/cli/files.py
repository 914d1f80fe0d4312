"""Reads the settings file."""

import tomllib
from pathlib import Path

from manycast.cache.policy import build
from manycast.edge.guard.tokens import KEY_CHARACTERS_MIN
from manycast.settings import accounts, destinations, ladder, network, origin
from manycast.settings.read import SettingError, read
from manycast.settings.tree import Settings


def settings_from(path: Path | None) -> Settings:
    """Read a TOML file, or the defaults without one; raises SettingError naming the file and the setting."""
    if path is None:
        return Settings()
    try:
        settings = read(Settings, tomllib.loads(path.read_text()))
        accounts.check(settings.accounts)
        network.check(settings.network)
        destinations.check(settings.destinations)
        origin.check(settings.origin)
        ladder.check(settings.ladder)
        for policy in (settings.edge.memory_policy, settings.disk.policy):
            build(policy, 0)
    except OSError as error:
        raise SettingError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SettingError(f"{path}: {error}") from error
    return settings


def signing_keys(path: Path) -> tuple[bytes, ...]:
    """One in each line; raises ValueError for one that is too short, and when there is no file."""
    try:
        lines = path.read_text().split("\n")
    except OSError as error:
        raise ValueError(
            f"{path}: the keys cannot be read: {error.strerror}; make one with openssl rand -hex 32"
        ) from error
    keys = tuple(line.strip().encode() for line in lines if line.strip())
    if not keys or min(map(len, keys)) < KEY_CHARACTERS_MIN:
        raise ValueError(
            f"{path}: keys of at least {KEY_CHARACTERS_MIN} characters, one in each line;"
            " make one with openssl rand -hex 32"
        )
    return keys
