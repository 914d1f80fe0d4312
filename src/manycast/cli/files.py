"""Reads the settings file."""

import tomllib
from pathlib import Path

from manycast.settings import ladder, network, origin
from manycast.settings.read import SettingError, read
from manycast.settings.tree import Settings


def settings_from(path: Path | None) -> Settings:
    """Read a TOML file, or the defaults without one; raises SettingError naming the file and the setting."""
    if path is None:
        return Settings()
    try:
        settings = read(Settings, tomllib.loads(path.read_text()))
        network.check(settings.network)
        origin.check(settings.origin)
        ladder.check(settings.ladder)
    except OSError as error:
        raise SettingError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SettingError(f"{path}: {error}") from error
    return settings
