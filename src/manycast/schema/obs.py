"""What OBS is given to send a stream in several sizes at once."""

from typing import Any

from pydantic import RootModel


class ObsOverride(RootModel[dict[str, Any]]):
    """For *Config Override* in the stream settings of OBS 31 and later; its names are OBS's own."""
