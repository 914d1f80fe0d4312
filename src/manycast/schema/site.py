"""What an administrator sets for the whole site, and what the settings file says."""

from pydantic import Field

from manycast.schema.values import Name, Prose, Switch, Value


class Site(Value):
    name: Name = Field(description="Shown at the top of the dashboard.")
    about: Prose
    record_new_channels: bool = Field(description="Whether a new channel is recorded.")
    version: int


class SiteChange(Value):
    """What is left out or null stays as it is."""

    name: Name | None = None
    about: Prose | None = None
    record_new_channels: Switch | None = None


class Setting(Value):
    name: str
    value: str = Field(description="As in a settings file; passwords in addresses are left out.")
    default: str
    about: str


class SettingGroup(Value):
    name: str = Field(description="Its table in a settings file.")
    about: str
    settings: list[Setting]


class EffectiveSettings(Value):
    """What the control role runs with, from its settings file and the defaults."""

    groups: list[SettingGroup]
