"""What the control role tells anybody of itself."""

from manycast.schema.values import Value


class System(Value):
    version: str
